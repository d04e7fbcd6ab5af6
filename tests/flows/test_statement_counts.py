"""What the hot paths ask of the database: a number that is the same on a busy machine. A change of it is meant.

It is measured when each statement has been prepared, on one connection, with nobody else on the database.
"""

from collections.abc import Generator
from contextlib import closing

import pytest
import sqlalchemy as sa

from tests.fakes import World
from tests.flows.hot_paths import HotPaths
from tests.support.database.conversation import Conversation, Cost

HELD = {
    # operation: on PostgreSQL statements, round trips, waits of the driver; on SQLite statements
    "intake": (Cost(1, 1, 2), 10),
    "intake_of_ten": (Cost(1, 1, 2), 82),
    "decision": (Cost(2, 2, 4), 8),
    "decision_and_callback": (Cost(3, 3, 6), 17),
    "answer_on_the_page": (Cost(2, 2, 4), 8),
    "closing": (Cost(1, 1, 2), 5),
    "closing_of_ten": (Cost(1, 1, 2), 32),
    "review_page": (Cost(3, 3, 6), 9),
    "inbox_of_fifty": (Cost(2, 2, 4), 6),
    "sweep_of_nothing": (Cost(1, 1, 2), 3),
    "sweep_of_ten": (Cost(5, 5, 7), 76),
    "lease_of_nothing": (Cost(1, 1, 2), 3),
    "lease_of_ten": (Cost(5, 5, 7), 7),
}
"""Lower a number together with the code. An intake is one statement, a decision two, closing its callback one."""
TIMES_UNTIL_PREPARED = 8


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Generator[tuple[HotPaths, list[str]]]:
    """The hot paths, and all statements that SQLite executes."""
    with closing(World(sqlite_url)) as world:
        yield HotPaths(world), statements_of(world.database.engine)


@pytest.fixture
def on_postgresql(postgres_url: str) -> Generator[tuple[HotPaths, Conversation]]:
    with closing(World(postgres_url)) as world, closing(Conversation(world.database.engine)) as conversation:
        yield HotPaths(world), conversation


@pytest.mark.parametrize("operation", HELD)
def test_postgresql_is_asked_this_often(operation: str, on_postgresql: tuple[HotPaths, Conversation]) -> None:
    paths, said = on_postgresql
    prepare = getattr(paths, operation)
    for _ in range(TIMES_UNTIL_PREPARED):
        prepare()()
    run = prepare()
    with said.counted() as cost:
        run()
    assert cost == [HELD[operation][0]]
    assert said.connections == 1, "one operation must not need two connections"


@pytest.mark.parametrize("operation", HELD)
def test_sqlite_executes_this_many_statements(operation: str, on_sqlite: tuple[HotPaths, list[str]]) -> None:
    paths, statements = on_sqlite
    prepare = getattr(paths, operation)
    prepare()()
    run = prepare()
    statements.clear()
    run()
    assert len(statements) == HELD[operation][1]


def test_every_hot_path_is_held() -> None:
    assert set(HELD) == {name for name in vars(HotPaths) if not name.startswith("_")}


def statements_of(engine: sa.Engine) -> list[str]:
    """Return a list of the statements that SQLite executes from now on."""
    statements: list[str] = []
    sa.event.listen(engine, "connect", lambda connection, _record: connection.set_trace_callback(statements.append))
    return statements
