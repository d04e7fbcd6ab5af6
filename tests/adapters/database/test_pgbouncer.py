"""Behind PgBouncer in transaction mode, each transaction comes to another connection of the server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from approvals.adapters.database.clock import DatabaseClock
from approvals.domain.model.approval import Answer, Status
from approvals.flows.gateway import Gateway
from approvals.wiring.clock_and_ids import system_clock
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.support.database.pgbouncer import Pooled

APPROVALS = 600


def test_six_hundred_decisions_at_once_are_recorded(
    postgres_url: str, pgbouncer: Pooled, record_property: Callable[[str, object], None]
) -> None:
    world = World(pgbouncer(postgres_url), prepared=False)
    arrivals = [a_submission(task_token=f"token-{number}") for number in range(APPROVALS)]
    ids = [world.gateway.submit(arrival, caller="tests").approval_id for arrival in arrivals]
    with ThreadPoolExecutor(16) as pool:
        recorded = sum(pool.map(lambda approval_id: approved(world.gateway, approval_id), ids))
    while world.gateway.deliver(lane="notice"):
        pass
    now = DatabaseClock(world.database, system=system_clock)()
    record_property("decisions", f"{recorded} of {APPROVALS}")
    assert (recorded, len(world.callbacks.sent), world.gateway.sweep()) == (APPROVALS, APPROVALS, 0)
    assert abs((now - system_clock()).total_seconds()) < 5
    world.close()


def approved(gateway: Gateway, approval_id: str) -> bool:
    answer = Answer(option="approve")
    decided = gateway.decide(approval_id, reviewer=0, answer=answer, assurance="link", actor=BY_LINK)
    return decided.approval.status is Status.APPROVED
