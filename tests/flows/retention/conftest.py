"""An archive in memory, and a gateway that keeps settled approvals for thirty days."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import NotArchived
from approvals.flows.gateway import Gateway
from approvals.flows.ports import Retention
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

KEPT_FOR = timedelta(days=30)


class FakeArchive:
    """Keeps files by their names, and refuses them while it is `full`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.stored: list[str] = []
        self.full = False

    def store(self, name: str, content: bytes) -> None:
        if self.full:
            raise NotArchived("no space left")
        self.files[name] = content
        self.stored.append(name)


@pytest.fixture
def archive() -> FakeArchive:
    return FakeArchive()


@pytest.fixture
def keeper(world: World, archive: FakeArchive) -> Gateway:
    """A gateway that purges."""
    return world.another(retention=Retention(kept_for=KEPT_FOR, archive=archive))


def settled(world: World, number: int = 1, **changes: object) -> str:
    """Submit and answer an approval, and send everything that follows. Return its id."""
    submitted = world.gateway.submit(a_submission(task_token=f"token-{number:04d}", **changes), caller="tests")
    approval_id = submitted.approval_id
    world.deliver_all()
    answer = Answer(option="approve", comment="Fine with me")
    world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")
    world.deliver_all()
    return approval_id


def rows_left(world: World) -> dict[str, int]:
    """Return the number of rows of each table that has some."""
    with world.database.read() as connection:
        counts = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }
    return {name: count for name, count in counts.items() if count}
