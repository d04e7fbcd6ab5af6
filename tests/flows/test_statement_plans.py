"""How PostgreSQL executes the statements of the hot paths: by keys, and without planning them at each execution.

The statements are those that the code sends, in the plans that are really used. A session keeps such a plan: one that
reads whole tables because they were small when it was made is slow later.
"""

from collections.abc import Generator
from contextlib import closing

import pytest

from benchmarks.data import bulk
from tests.builders import CONTEXT, a_submission
from tests.fakes import World
from tests.flows.hot_paths import HotPaths
from tests.support.database.engines import create_schema
from tests.support.database.plans import Plans
from tests.support.database.postgres import PostgresServer

OPERATIONS = [name for name in vars(HotPaths) if not name.startswith("_")]
READ_WHOLE = {"sweep_of_nothing": {"approvals"}, "sweep_of_ten": {"approvals"}}
"""What is read whole in a new database that has no statistics yet: whether anything is due."""
PLANNED_AGAIN = {"sweep_of_nothing": 1, "sweep_of_ten": 2, "lease_of_nothing": 1, "lease_of_ten": 2}
"""How many plans an operation makes each time: those of what is due until a moment, of which a plan for all moments
must expect a third of the table."""
TIMES_UNTIL_PLANNED = 11
"""A statement is prepared at its sixth execution, planned for its values until the tenth, and then for all values."""
LATER = {"next_attempt_at": bulk.MUCH_LATER, "execution_arn": "'arn:aws:states:copy-' || n"}


@pytest.fixture(scope="module")
def new_database(postgres_server: PostgresServer) -> Generator[str]:
    """50 approvals, and no statistics: it is some minutes old."""
    with postgres_server.database() as url:
        fill(url, 50)
        yield url


@pytest.fixture(scope="module")
def full_database(postgres_server: PostgresServer) -> Generator[str]:
    """3,000 approvals, with statistics."""
    with postgres_server.database() as url:
        fill(url, 3000)
        bulk.analyze(url)
        yield url


def fill(url: str, count: int) -> None:
    create_schema(url)
    asked = a_submission(task_token="first", tags={"team": "payments"}, **CONTEXT)
    with closing(World(url)) as world:
        first = world.another(new_id=lambda: "first").submit(asked, caller="tests").approval_id
    bulk.copy(url, original=first, times=count, changes=LATER)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_new_database_is_read_by_keys(operation: str, new_database: str, postgres_server: PostgresServer) -> None:
    with postgres_server.database(template=new_database) as url:
        whole, _ = planned(url, operation)
    assert whole == READ_WHOLE.get(operation, set())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_full_database_is_read_by_keys_and_by_kept_plans(
    operation: str, full_database: str, postgres_server: PostgresServer
) -> None:
    with postgres_server.database(template=full_database) as url:
        whole, made = planned(url, operation)
    assert whole == set()
    assert made == PLANNED_AGAIN.get(operation, 0)


def planned(url: str, operation: str) -> tuple[set[str], int]:
    """Return what an operation reads whole, and how many plans it makes, when its statements have been prepared."""
    with closing(World(url)) as world:
        plans = Plans(world.database.engine)
        prepare = getattr(HotPaths(world), operation)
        for _ in range(TIMES_UNTIL_PLANNED):
            prepare()()
        run = prepare()
        before = plans.made_for_values()
        with plans.used() as used:
            run()
        made = plans.made_for_values() - before
    assert used, "no plan was reported"
    return {name for plan in used for name in plan.whole}, made
