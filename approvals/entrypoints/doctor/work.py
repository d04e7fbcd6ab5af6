"""Checks of the work in the database: what it shows of the processes that share it. Nothing is changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from botocore.exceptions import BotoCoreError, ClientError

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.database import sqlite_file, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.backlog import backlog
from approvals.adapters.database.outbox.failing import failing_groups
from approvals.adapters.security.token_vault import CannotOpen
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.failing import NEEDS_SOMEBODY, FailingGroup
from approvals.domain.model.records import Backlog
from approvals.domain.problems import ApprovalsError
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, fail, ok, warn
from approvals.presentation.messages.failing import FIXES, group_sentence
from approvals.settings.environment import Settings

LATE_SECONDS = 300.0
"""Later than any tick on Lambda, which comes every minute."""
MOST_OPENED = 5
RUN = "start `approvals serve` or `approvals worker`; on AWS Lambda look at the log and the rule of the tick function"
SEALERS = (
    "put the key that sealed it back, in front of the others in APPROVALS_SEALING_KEYS, or use APPROVALS_KMS_KEY_ID"
)
SAME_FILE = (
    "give all processes the same APPROVALS_DIRECTORY, mail and Slack settings; after a change, check again in a minute"
)
_a = tables.approvals.c
_waits = _a.next_action_at.is_not(None)


def check(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    """Yield nothing if the database cannot be used: its own check reports that."""
    with suppress(sa.exc.SQLAlchemyError, ApprovalsError, OSError, ValueError, ImportError):
        path = sqlite_file.file_of(settings.database_url)
        if path is None or path.exists():
            database = wiring.open_database(settings, clients, pool_size=1)
            try:
                yield from _checks(database, settings, clients, clock())
            finally:
                database.engine.dispose()


def _checks(found: Database, settings: Settings, clients: Clients, now: datetime) -> Iterator[CheckLine]:
    with found.read() as connection:
        groups = failing_groups(connection)
    yield from _late(backlog(found, now=now), failing=bool(groups))
    yield from _failing(groups)
    yield _task_tokens(found, settings, clients)
    yield from _directories(found, settings, clients)


def _late(late: Backlog, *, failing: bool) -> Iterator[CheckLine]:
    """Report what is due and what nobody does. Of messages that fail, others report the reason."""
    if late.sweep_lag > LATE_SECONDS:
        what = "sweeper: a reminder, escalation or deadline"
        yield fail(f"{what} has been due for {late.sweep_lag / 60:.0f} min", RUN)
    oldest = 0.0 if failing else max(late.oldest.values())
    if oldest > LATE_SECONDS:
        yield fail(f"delivery: a message has been due for {oldest / 60:.0f} min", RUN)
    if max(late.sweep_lag, oldest) <= LATE_SECONDS:
        yield ok("sweeper: nothing is late")


def _failing(groups: Sequence[FailingGroup]) -> Iterator[CheckLine]:
    """Name what fails and is tried again. It is a failure of the check where somebody has to do something."""
    for group in groups:
        line = fail if group.kind in NEEDS_SOMEBODY else warn
        yield line(f"delivery: {group_sentence(group)}", FIXES[group.kind])
    if not groups:
        yield ok("delivery: nothing fails")


def _task_tokens(found: Database, settings: Settings, clients: Clients) -> CheckLine:
    """Open the newest task tokens that are stored."""
    newest = sa.select(_a.id, _a.sealed_token).where(_a.sealed_token.is_not(None)).order_by(_a.id.desc())
    with found.read() as connection:
        rows = connection.execute(newest.limit(MOST_OPENED)).all()
    if not rows:
        return ok("task tokens: none is stored")
    try:
        vault = wiring.vault_of(settings, clients)
        for row in rows:
            vault.open(bytes(row.sealed_token), approval_id=row.id)
    except CannotOpen as error:
        return fail(f"task tokens: that of approval {row.id} cannot be opened: {error}", SEALERS)
    except Misconfigured as error:
        return fail(f"task tokens: {error}", "approvals key new sealing")
    except (ClientError, BotoCoreError) as error:
        return aws_failure("task tokens: KMS", error, permission="kms:Decrypt on the key")
    return ok("task tokens: the newest can be opened")


def _directories(found: Database, settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    """Compare people and channels here with those by which processes have evaluated the approvals that wait."""
    try:
        here = wiring.people_fingerprint(settings, clients)
    except Misconfigured:
        return  # another check reports it
    query = sa.select(sa.func.count()).select_from(tables.approvals).where(_waits, _a.directory.is_not(None))
    with found.read() as connection:
        others = connection.execute(query if here is None else query.where(_a.directory != here)).scalar_one()
    if others:
        said = "directory: processes have another file, or other channels, than these settings"
        yield fail(f"{said}: approvals that were evaluated with them: {others}", SAME_FILE)
