"""The identity of a Slack member: by the ids that Slack signs, by the directory, and by e-mail only if allowed."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from approvals.demo.fake_slack.faults import ServerError
from approvals.demo.fake_slack.transport.signed_requests import SlackRequest, interaction_request
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.errors import NotFound
from approvals.entrypoints.slack.payloads import Interaction, Member, Team, User
from tests.entrypoints.slack.slack_door import Door
from tests.support.slack.workspace import CastSlack

NOT_ASKED = "You are not among the reviewers of this approval."

PEOPLE = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com", slack="U0ANA"),
        "Ben": Person(id="Ben", name="Ben", email="ben@example.com", aliases=("slack:T0ACME/U0BEN",)),
        "cat": Person(id="cat", name="Cat", email="cat@example.com", slack="T0OTHER/U0CAT"),
    },
    groups={"finance": ("ana", "Ben", "cat")},
)


@pytest.fixture
def slack(slack: CastSlack) -> CastSlack:
    """With a second workspace, in which somebody has Ana's id, and Cat her own."""
    other = slack.workspace("T0OTHER", domain="other", name="Other")
    other.user("U0ANA", "impostor", email="ana@example.com", email_confirmed=False)
    other.user("U0CAT", "cat", email="cat@example.com")
    return slack


@pytest.fixture
def doors(slack: CastSlack, sqlite_url: str) -> Generator[Any]:
    made: list[Door] = []

    def make(**how: Any) -> Door:
        made.append(Door(slack, sqlite_url, **how))
        return made[-1]

    yield make
    for door in made:
        door.close()


def pressed_by(door: Door, member: Member, *, installed: str | None = None, **more: Any) -> SlackRequest:
    """A press of somebody in a shared channel, maybe: who they are is not where the app is installed."""
    post = interaction_request({
        "type": "block_actions", "team": {"id": installed or member.team}, "trigger_id": "1.2.x",
        "user": {"id": member.user, "team_id": member.team, "name": "ana", "username": "ana@example.com"},
        "actions": [{"action_id": "answer:approve", "value": "id-0001", "type": "button"}],
        "channel": {"id": "C0OPS"}, **more,
    })  # fmt: skip
    return post.signed(secret=door.slack.state.signing_secret, at=door.slack.state.seconds)


def decided_by(door: Door, member: Member, **more: Any) -> str | None:
    """As whom the press is taken."""
    assert door.send(pressed_by(door, member, **more)).status == 200
    after = door.state()
    return after.reviewers[after.decisions[-1].reviewer].id if after.decisions else None


@pytest.mark.parametrize(
    ("reference", "member", "who"),
    [
        ("slack:U0ANA", Member("T0ACME", "U0ANA"), "slack:U0ANA"),  # of the default workspace
        ("slack:T0ACME/U0ANA", Member("T0ACME", "U0ANA"), "slack:T0ACME/U0ANA"),  # the same, written out
        ("slack:T0OTHER/U0CAT", Member("T0OTHER", "U0CAT"), "slack:T0OTHER/U0CAT"),
        ("slack:U0ANA", Member("T0OTHER", "U0ANA"), None),  # the same id elsewhere is somebody else
        ("slack:T0OTHER/U0CAT", Member("T0ACME", "U0CAT"), None),
        ("slack:U0ANA", Member("T0ACME", "U0BEN"), None),
        ("ana@example.com", Member("T0ACME", "U0ANA"), None),  # nobody has said that this is her address
    ],
)
def test_who_somebody_is_goes_by_the_ids_of_workspace_and_person(
    doors: Any, reference: str, member: Member, who: str | None
) -> None:
    door = doors()
    door.asked(reviewers=(reference,))
    assert decided_by(door, member) == who


@pytest.mark.parametrize(
    ("reference", "member", "who"),
    [
        ("ana", Member("T0ACME", "U0ANA"), "ana"),
        ("ana@example.com", Member("T0ACME", "U0ANA"), "ana"),  # the directory says whose address this is
        ("Ben", Member("T0ACME", "U0BEN"), "Ben"),  # a further address
        ("group:finance", Member("T0OTHER", "U0CAT"), "cat"),
        ("group:finance", Member("T0OTHER", "U0ANA"), None),
        ("group:finance", Member("T0ACME", "U0MALLORY"), None),
    ],
)
def test_who_somebody_is_goes_by_the_directory_where_it_names_them(
    doors: Any, reference: str, member: Member, who: str | None
) -> None:
    door = doors(directory=PEOPLE)
    door.asked(reviewers=(reference,))
    assert decided_by(door, member) == who


def test_somebody_of_another_company_in_a_shared_channel_is_known_by_their_own_workspace(doors: Any) -> None:
    door = doors()
    door.asked(reviewers=("slack:U0ANA",))
    assert decided_by(door, Member("T0STRANGE", "U0ANA"), installed="T0ACME") is None


def test_names_in_what_is_sent_say_nothing(doors: Any) -> None:
    door = doors(directory=PEOPLE)
    door.asked(reviewers=("ana",))
    named = {"id": "U0MALLORY", "team_id": "T0ACME", "name": "ana", "username": "ana", "email": "ana@example.com"}
    assert decided_by(door, Member("T0ACME", "U0MALLORY"), user=named) is None
    assert door.told("U0MALLORY") == NOT_ASKED


class TestByEmail:
    """Only where a setting allows it."""

    def test_a_confirmed_address_tells_who_it_is(self, doors: Any) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("ana@example.com",))
        assert decided_by(door, Member("T0ACME", "U0ANA")) == "ana@example.com"

    def test_it_leads_to_whom_the_directory_knows_by_it(self, doors: Any) -> None:
        door = doors(match_email=True, directory=PEOPLE)
        door.asked(reviewers=("cat",))
        door.slack.team.user("U0CATHY", "cathy", email="cat@example.com")
        assert decided_by(door, Member("T0ACME", "U0CATHY")) == "cat"

    def test_it_is_not_asked_about_whom_the_ids_tell(self, doors: Any) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("slack:U0ANA",))
        reviewer = door.side.members.reviewer(door.state(), Member("T0ACME", "U0ANA"))
        assert reviewer is not None
        assert reviewer.number == 0
        assert door.slack.state.calls["users.info"] == 0

    @pytest.mark.parametrize("what", ["deleted", "unconfirmed", "bot"])
    def test_an_account_that_is_no_active_person_with_a_confirmed_address_tells_nothing(
        self, doors: Any, what: str
    ) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("ana@example.com",))
        ana = door.slack.team.users["U0ANA"]
        ana.deleted, ana.is_bot, ana.email_confirmed = what == "deleted", what == "bot", what != "unconfirmed"
        assert decided_by(door, Member("T0ACME", "U0ANA")) is None

    def test_an_address_that_another_workspace_has_not_confirmed_tells_nothing(self, doors: Any) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("ana@example.com",))
        assert decided_by(door, Member("T0OTHER", "U0ANA")) is None

    def test_somebody_of_a_workspace_that_is_not_ours_is_not_looked_up(self, doors: Any) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("ana@example.com",))
        before = door.slack.state.calls["users.info"]
        assert decided_by(door, Member("T0STRANGE", "U0ANA"), installed="T0ACME") is None
        assert door.slack.state.calls["users.info"] == before

    def test_where_slack_cannot_say_nobody_is_let_in(self, doors: Any) -> None:
        door = doors(match_email=True)
        door.asked(reviewers=("ana@example.com",))
        door.slack.faults.always("users.info", ServerError())
        assert decided_by(door, Member("T0ACME", "U0ANA")) is None


@pytest.mark.parametrize(
    ("team", "user", "member"),
    [
        (Team(id="T1"), User(id="U1", team_id="T1"), Member("T1", "U1")),
        (Team(id="T1"), User(id="U1"), Member("T1", "U1")),
        (Team(id="T1"), User(id="U1", team_id="T2"), Member("T2", "U1")),  # a shared channel
        (Team(id="T1", enterprise_id="E1"), User(id="U1", team_id="E1"), Member("T1", "U1")),  # Enterprise Grid
        (Team(id="T1", enterprise_id="E1"), User(id="U1", team_id="E2"), Member("E2", "U1")),
        (None, User(id="U1"), Member("", "U1")),
    ],
)
def test_the_workspace_somebody_is_of_is_their_own_before_the_apps(
    team: Team | None, user: User, member: Member
) -> None:
    assert Interaction(type="block_actions", team=team, user=user).member == member


def test_what_could_not_be_an_id_is_never_looked_up(doors: Any) -> None:
    door = doors()
    for text in ("", "a" * 65, "id\0", "id 1", "…"):
        with pytest.raises(NotFound):
            door.side.approval(text)
    assert json.dumps(door.asked())
