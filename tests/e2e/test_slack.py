"""A workflow asks in a channel of Slack, by direct message and by mail; people answer where they are; all copies agree.

Slack is the stand-in; real Slack was never used.
"""

import dataclasses
from collections.abc import Generator

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.adapters.slack.response_url import SlackResponses
from approvals.adapters.slack.users import SlackPeople
from approvals.demo.fake_slack.faults import ServerError
from approvals.demo.fake_slack.interactions.actor import SimulatedUser
from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.domain.directory.configuration import configuration
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.entrypoints.app import create_app
from approvals.entrypoints.slack import routes as slack_door
from approvals.entrypoints.slack.context import Slack
from approvals.entrypoints.slack.members import Members
from approvals.flows.gateway import Gateway
from tests.e2e.whole import SUBMISSION, Whole
from tests.support.mail.smtp import SmtpServer
from tests.support.slack.workspace import OPS, CastSlack

GROUP = {"from": ["slack:U0ANA", "ben@example.com", "slack:U0BEN"], "need": 2}
ASKING = {
    **{name: value for name, value in SUBMISSION.items() if name != "reviewers"},
    "policy": {"stages": [{"name": "finance", "groups": [GROUP], "notify": ["slack:#ops"]}]},
}


class WholeWithSlack(Whole):
    """The product with Slack beside the mail server; time is Slack's, which the test moves."""

    def __init__(self, aws: LocalAws, smtp: SmtpServer, database_url: str, slack: CastSlack) -> None:
        super().__init__(aws, smtp, database_url)
        self.slack, self.clock = slack, slack.clock  # type: ignore[assignment]
        api = SlackApi({"T0ACME": slack.team.token}, url=slack.url, clock=slack.clock)
        people = SlackPeople(api)
        channel = SlackChannel(api, conversations=SlackConversations(api, people=people), clock=slack.clock)
        reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
        ports = dataclasses.replace(
            self.gateway.ports, clock=slack.clock, channels={**self.gateway.ports.channels, "slack": channel},
            deployment=type(self.gateway.deployment)(reach=reach),
        )  # fmt: skip
        self.gateway = Gateway(ports)
        members = Members(lambda: self.gateway.directory, teams=api.teams, email_of=None)
        side = Slack(
            gateway=self.gateway, api=api, responses=SlackResponses(api_url=slack.url, seconds=2), members=members
        )
        door = slack_door.blueprint(
            side, secrets=[slack.state.signing_secret], afterwards=slack_door.within_budget
        )  # fmt: skip
        self.app = create_app(self.gateway, more=[door])

    def actor(self, user: str) -> SimulatedUser:
        client = self.app.test_client()

        def send(post: SlackRequest) -> AppResponse:
            with client.post(f"/slack/{post.kind}", data=post.body, headers=dict(post.headers)) as response:
                return AppResponse(status=response.status_code, body=response.data, headers=dict(response.headers))

        return self.slack.actor(user, send)

    def settle_down(self) -> None:
        """Slack takes one message a second in a channel, so that what is due takes a while to be out."""
        for _ in range(6):
            self.work(seconds=5)

    def asking(self, channel: str) -> SlackMessage:
        """The message that asks there."""
        return self.slack.team.messages_in(channel)[0]

    @property
    def copies(self) -> list[str]:
        """All messages that ask, as they look now."""
        places = [OPS, self.slack.team.dm("U0ANA").id, self.slack.team.dm("U0BEN").id]
        return [str(self.asking(place).blocks) for place in places]


@pytest.fixture
def together(
    aws: LocalAws, smtp: SmtpServer, database_url: str, slack: CastSlack, monkeypatch: pytest.MonkeyPatch
) -> Generator[WholeWithSlack]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    whole = WholeWithSlack(aws, smtp, database_url, slack)
    yield whole
    whole.close()


def test_one_decides_by_button_another_by_link_and_every_copy_shows_the_outcome(together: WholeWithSlack) -> None:
    execution = together.start(message=ASKING)
    [approval] = together.take_in()
    together.settle_down()
    ana = together.actor("U0ANA")
    assert ana.press(together.asking(OPS), "answer:approve", value=approval.id).status == 200
    together.settle_down()
    assert all("1 of 2" in copy for copy in together.copies), "progress shows on every copy"
    together.person("ben@example.com").answer("approve", comment="by link")
    together.settle_down()
    output = together.machines.output(execution)
    said = [(d["reviewer"], d["via"], d["assurance"]) for d in output["decidedBy"]]
    assert said == [("slack:U0ANA", "slack", "slack"), ("ben@example.com", "link", "link")]
    for copy in together.copies:
        assert "Approved" in copy
        assert "The workflow has resumed" in copy
        assert "answer:" not in copy, "no stale button survives"
    assert together.slack.team.replies_to(together.asking(OPS)), "and it is said below, where people are told of it"
    assert len(together.mails_to("ben@example.com")) == 1, "the person whose answer settles it gets no mail about it"


def test_a_button_that_was_still_on_somebodys_screen_is_answered_politely(together: WholeWithSlack) -> None:
    together.start(message=ASKING)
    [approval] = together.take_in()
    together.settle_down()
    before = together.asking(OPS).blocks
    together.gateway.cancel(approval.id, actor="tests", reason="no longer needed")
    together.settle_down()
    ben = together.actor("U0BEN")
    pressed = ben.press_request(together.asking(OPS), "answer:approve", value=approval.id, blocks=before)
    assert ben.send(pressed).status == 200
    assert "ancelled" in together.slack.team.ephemerals("U0BEN")[-1].text
    assert together.gateway.approval(approval.id).decisions == ()


def test_a_copy_that_could_not_be_written_is_written_later_with_the_last_state(together: WholeWithSlack) -> None:
    together.start(message=ASKING)
    [approval] = together.take_in()
    together.settle_down()
    together.slack.faults.always("chat.update", ServerError())
    together.actor("U0ANA").press(together.asking(OPS), "answer:reject", value=approval.id)
    together.settle_down()
    assert "answer:" in together.copies[0]
    together.slack.faults.clear()
    together.clock.forward(hours=1)
    together.settle_down()
    assert all("answer:" not in copy and "Rejected" in copy for copy in together.copies)


def test_a_person_who_cannot_be_reached_in_slack_is_written_a_mail(together: WholeWithSlack) -> None:
    sam = Person(id="sam", name="Sam", email="sam@example.com", slack="U0SAM")
    theirs = configuration(Directory(people={"sam": sam}))
    together.gateway = Gateway(dataclasses.replace(together.gateway.ports, configuration=lambda: theirs))
    together.start(message={**ASKING, "policy": {"stages": [{"groups": [{"from": ["sam"]}]}]}})
    [approval] = together.take_in()
    together.settle_down()
    assert together.mails_to("sam@example.com")[0]["Subject"].endswith("Refund order 1234")
    notes = {note.event: note.facts for note in together.gateway.audit(approval.id)}
    assert "user" in notes["notice.sentOtherwise"]["reason"]
