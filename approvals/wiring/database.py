"""The database, and the URL to connect with."""

from typing import TYPE_CHECKING, Any

from approvals.adapters.aws.clients import Clients
from approvals.adapters.database.engine import Database
from approvals.settings.environment import Settings
from approvals.wiring.clock_and_ids import first_id

if TYPE_CHECKING:
    from approvals.adapters.database.retention.sql_records import SqlRecords


def open_database(settings: Settings, clients: Clients, *, pool_size: int, **more: Any) -> Database:
    """Create the database without connecting. `more` is passed to Database."""
    password = None
    if settings.database_iam:
        from approvals.adapters.aws.rds_iam_auth import RdsLogin

        password = RdsLogin(clients, url=settings.database_url, region=settings.aws_region or None).password
    prepared = settings.database_pooler == "none"
    return Database(settings.database_url, pool_size=pool_size, password=password, prepared=prepared, **more)


def database_url(settings: Settings) -> str:
    """Return the URL with a password that is valid now, for callers that connect at once, such as migrations."""
    if not settings.database_iam:
        return settings.database_url
    from approvals.adapters.aws.rds_iam_auth import RdsLogin

    return RdsLogin(Clients(), url=settings.database_url, region=settings.aws_region or None).signed_url()


def records_of(database: Database) -> "SqlRecords":
    from approvals.adapters.database.retention.sql_records import SqlRecords

    return SqlRecords(database, first_id=first_id)
