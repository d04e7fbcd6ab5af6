"""Copies: messages that show an approval are updated when it changes, and show the last state in the end."""

from collections.abc import Callable, Sequence

import pytest

from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.audience import Audience
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

ANA, BEN = "slack:U0ANA", "slack:U0BEN"


class FakeBoard:
    """A channel whose messages can be written anew; `during` is called while one is being written."""

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.during: Callable[[], None] = lambda: None
        self.results: list[Result] = []

    def send(
        self,
        notice: Notice,
        approval: Approval,
        *,
        link: str | None,  # noqa: ARG002
        thread: str | None = None,
        ambiguous: bool = False,  # noqa: ARG002
    ) -> Result:
        if thread:
            return Sent("a reply")
        self.during()
        self.shown[notice.to] = [_looks(approval)]
        return Sent(notice.to, copy=True, shown=approval.version)

    def update(
        self,
        receipt: str,
        approval: Approval,
        *,
        audience: Audience,  # noqa: ARG002
        link: str | None,  # noqa: ARG002
        looking: Sequence[str] = (),  # noqa: ARG002
    ) -> Result:
        result = self.results.pop(0) if self.results else Sent(receipt, shown=approval.version)
        if isinstance(result, Sent):
            self.shown[receipt].append(_looks(approval))
            during, self.during = self.during, lambda: None
            during()
        return result


def _looks(approval: Approval) -> str:
    return f"{approval.status} with {len(approval.decisions)}"


@pytest.fixture
def board(world: World) -> FakeBoard:
    board = FakeBoard()
    deployment = Deployment(reach=Reach(channels=frozenset({"mail", "slack"})))
    world.gateway = world.another(channels={"mail": world.mail, "slack": board}, deployment=deployment)
    return board


def asked(world: World, *, need: int = 2) -> str:
    submission = a_submission(reviewers=(ANA, BEN, "cat@example.com"), need=need)
    approval_id = world.gateway.submit(submission, caller="tests").approval_id
    world.deliver_all()
    return approval_id


def answer(world: World, approval_id: str, reviewer: int, option: str = "approve") -> None:
    world.gateway.decide(
        approval_id, reviewer=reviewer, answer=Answer(option=option), actor=BY_LINK, assurance="link"
    )  # fmt: skip


def test_every_copy_shows_each_state_and_the_outcome_last(world: World, board: FakeBoard) -> None:
    approval_id = asked(world)
    answer(world, approval_id, 0)
    world.deliver_all()
    answer(world, approval_id, 1)
    world.deliver_all()
    assert {to: shown[-1] for to, shown in board.shown.items()} == {
        "U0ANA": "approved with 2",
        "U0BEN": "approved with 2",
    }
    assert "pending with 1" in board.shown["U0ANA"]


def test_what_happens_while_a_copy_is_being_written_is_written_after_it(world: World, board: FakeBoard) -> None:
    approval_id = asked(world)
    answer(world, approval_id, 0)
    board.during = lambda: answer(world, approval_id, 1, "reject")
    world.deliver_all()
    assert all(shown[-1] == "rejected with 2" for shown in board.shown.values())


def test_what_happens_while_a_message_is_being_posted_is_written_after_it(world: World, board: FakeBoard) -> None:
    submission = a_submission(reviewers=(ANA,), need=1)
    approval_id = world.gateway.submit(submission, caller="tests").approval_id
    board.during = lambda: answer(world, approval_id, 0)
    world.deliver_all()
    assert board.shown["U0ANA"] == ["pending with 0", "approved with 1"]


def test_several_changes_before_it_is_written_are_written_once(world: World, board: FakeBoard) -> None:
    approval_id = asked(world, need=3)
    answer(world, approval_id, 0)
    answer(world, approval_id, 1)
    world.deliver_all()
    assert board.shown["U0ANA"] == ["pending with 0", "pending with 2"]


def test_a_writing_that_failed_is_tried_again_with_what_is_then(world: World, board: FakeBoard) -> None:
    approval_id = asked(world)
    board.results = [TryAgain("busy"), TryAgain("busy")]
    answer(world, approval_id, 0)
    world.deliver_all()
    answer(world, approval_id, 1, "reject")
    world.clock.forward(minutes=10)
    world.deliver_all()
    assert all(shown[-1] == "rejected with 2" for shown in board.shown.values())


def test_a_copy_that_can_never_be_written_is_noted_and_left_alone(world: World, board: FakeBoard) -> None:
    approval_id = asked(world)
    board.results = [GivenUp("message_not_found"), GivenUp("message_not_found")]
    answer(world, approval_id, 0)
    world.deliver_all()
    failed = [note for note in world.gateway.audit(approval_id) if note.event == "copy.failed"]
    assert [note.facts["reason"] for note in failed] == ["message_not_found", "message_not_found"]


def test_nothing_is_written_where_nothing_has_moved(world: World, board: FakeBoard) -> None:
    asked(world)
    world.clock.forward(hours=1)
    world.deliver_all()
    assert board.shown["U0BEN"] == ["pending with 0"]
