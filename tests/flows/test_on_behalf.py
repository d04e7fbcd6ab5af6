"""On behalf, through a gateway and a database: operators come back from rows, and the reviewer is told at once."""

from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.flows.gateway import Gateway
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

PEOPLE = ("ana@example.com", "ben@example.com", "cleo@example.com")
ROOT = Actor(via="command", id="command:root")


def test_an_answer_and_actions_on_behalf_come_back_from_both_databases(world: World) -> None:
    gateway: Gateway = world.gateway
    approval_id = gateway.submit(a_submission(need=2), caller="tests").approval_id
    gateway.claim(approval_id, reviewer=0, actor=ROOT)
    gateway.ask_question(approval_id, reviewer=1, text="Why?", actor=ROOT)
    for reviewer in (0, 1):
        answer = Answer(option="approve")
        left = gateway.decide(approval_id, reviewer=reviewer, answer=answer, actor=ROOT, assurance="operator").approval
    found = gateway.approval(approval_id)
    assert found.decisions == left.decisions
    assert [(d.assurance, d.operator) for d in found.decisions] == [("operator", "command:root")] * 2
    assert found.outcome == left.outcome
    assert found.actions == left.actions
    assert found.actions.questions[0].operator == "command:root"


def test_the_reviewer_is_written_to_at_once_and_not_after_they_answered_themselves(world: World) -> None:
    approval_id = world.gateway.submit(a_submission(reviewers=PEOPLE, need=3), caller="tests").approval_id
    world.deliver_all()
    for reviewer, actor in ((0, ROOT), (1, ROOT), (1, BY_LINK)):
        answer, assurance = Answer(option="approve"), "operator" if actor.on_behalf else "link"
        world.gateway.decide(approval_id, reviewer=reviewer, answer=answer, actor=actor, assurance=assurance)  # type: ignore[arg-type]
        if reviewer == 0:
            world.deliver_all()
    assert ("answered", "ana@example.com") in told(world)
    assert ("answered", "ben@example.com") not in told(world)


def told(world: World) -> list[tuple[str, str]]:
    world.deliver_all()
    return [(notice.event, notice.to) for notice, *_ in world.mail.sent]
