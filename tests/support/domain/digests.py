"""Bursts of approvals for the same people, and the resulting digests."""

from datetime import timedelta
from typing import Any

from approvals.domain.model.records import Filter
from tests.builders import a_submission
from tests.fakes import World

ANA, BEN = "ana@example.com", "ben@example.com"
WINDOW = timedelta(seconds=10)
_ALL = Filter(limit=10_000)


def submit(world: World, count: int = 1, **changes: Any) -> list[str]:
    """Submit approvals, for Ana unless `changes` name others. Their requester has no address."""
    first = len(world.gateway.find(_ALL))
    whom = {} if "policy" in changes else {"reviewers": (ANA,)}
    submissions = [
        a_submission(
            **{"task_token": f"token-{n}", "title": f"Refund {n}", "requester": "a nightly job", **whom, **changes}
        )
        for n in range(first, first + count)
    ]
    return [one.approval_id for one in world.gateway.submit_all(submissions, caller="tests")]  # type: ignore[union-attr]


def shown(world: World) -> list[tuple[str, int]]:
    """Return the recipient and the number of approvals of each digest, in order."""
    return [(digest.to, digest.count) for digest, _ in world.mail.digests]


def open_rows(world: World) -> int:
    with world.database.read() as connection:
        query = "SELECT count(*) FROM outbox WHERE lane = 'notice' AND next_attempt_at IS NOT NULL"
        return int(connection.exec_driver_sql(query).scalar_one())
