"""Slack's door with the stand-in for Slack behind it: messages are really posted, presses really signed and sent.

Ana and Ben are reviewers by their Slack ids, Rhea by her address alone; Mallory is asked nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask.testing import FlaskClient

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.adapters.slack.response_url import SlackResponses
from approvals.adapters.slack.users import SlackPeople
from approvals.demo.fake_slack.interactions.actor import SimulatedUser
from approvals.demo.fake_slack.state.workspace import SlackMessage, Workspace
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Approval
from approvals.entrypoints.app import create_app
from approvals.entrypoints.slack import routes as slack_door
from approvals.entrypoints.slack.context import Slack
from approvals.entrypoints.slack.members import Members
from approvals.flows.gateway import Gateway
from approvals.wiring import background
from tests.builders import a_submission
from tests.fakes import World
from tests.support.slack.workspace import CastSlack

DEPLOYMENT = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="signin"))
ANA, BEN = "slack:U0ANA", "slack:U0BEN"


class Door:
    """A gateway with a real database, and the people of the cast in front of it."""

    def __init__(
        self, slack: CastSlack, url: str, *, directory: Directory | None = None, match_email: bool = False,
        gateway: type[Gateway] = Gateway,
    ) -> None:  # fmt: skip
        self.slack, self.url = slack, url
        self.world = World(url, deployment=DEPLOYMENT, directory=directory or Directory(), clock=slack.clock)  # type: ignore[arg-type]
        tokens = {team.id: team.token for team in slack.state.workspaces.values()}
        self.api = SlackApi(tokens, url=slack.url, clock=slack.clock, seconds=2)
        people = SlackPeople(self.api)
        channel = SlackChannel(self.api, conversations=SlackConversations(self.api, people=people), clock=slack.clock)
        self.threads = ThreadPoolExecutor(4)
        made = self.world.another(
            channels={"mail": self.world.mail, "slack": channel}, background=background(self.threads, waiting=4)
        )
        self.gateway = gateway(made.ports)
        self.world.gateway = self.gateway
        email_of = people.email_of if match_email else None
        self.side = Slack(
            gateway=self.gateway,
            api=self.api,
            responses=SlackResponses(api_url=slack.url, seconds=2),
            members=Members(lambda: self.gateway.directory, teams=self.api.teams, email_of=email_of),
        )
        secrets = ["an-older-signing-secret", slack.state.signing_secret]
        door = slack_door.blueprint(self.side, secrets=secrets, afterwards=slack_door.within_budget)
        self.app = create_app(self.gateway, more=[door])
        self.client: FlaskClient = self.app.test_client()

    def send(self, post: SlackRequest) -> AppResponse:
        """As HTTP brings it. What is left for later is done when this returns."""
        with self.client.post(f"/slack/{post.kind}", data=post.body, headers=dict(post.headers)) as response:
            return AppResponse(status=response.status_code, body=response.data, headers=dict(response.headers))

    def actor(self, user: str, *, team: Workspace | None = None) -> SimulatedUser:
        return self.slack.actor(user, self.send, team=team)

    def asked(self, **changes: Any) -> str:
        """The id of a new approval, whose messages have been posted."""
        changes = {"reviewers": (ANA, BEN), **({} if "policy" in changes else {"need": 1}), **changes}
        if "policy" in changes:
            del changes["reviewers"]
        approval_id = self.gateway.submit(a_submission(**changes), caller="tests").approval_id
        self.world.deliver_all()
        return approval_id

    def dm(self, user: str, *, team: Workspace | None = None) -> SlackMessage:
        """What was last said to a person."""
        where = team or self.slack.team
        return where.messages_in(where.dm(user).id)[-1]

    def asking(self, user: str, approval_id: str) -> SlackMessage:
        """The message that asks a person, as soon as its turn has come: one a second leaves for each conversation."""
        for _ in range(10):
            said = self.slack.team.messages_in(self.slack.team.dm(user).id)
            if found := [message for message in said if f"'value': '{approval_id}'" in str(message.blocks)]:
                return found[0]
            self.slack.clock.forward(seconds=5)
            self.world.deliver_all()
        raise AssertionError("nobody was asked")

    def state(self, approval_id: str = "id-0001") -> Approval:
        return self.gateway.approval(approval_id)

    def told(self, user: str) -> str:
        """What was last said to a person alone, in the channel."""
        said = self.slack.team.ephemerals(user)
        return said[-1].text if said else ""

    def close(self) -> None:
        self.threads.shutdown()  # what goes on by itself has the database open
        self.world.close()
