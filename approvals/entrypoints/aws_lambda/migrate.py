"""The Lambda that upgrades the database, invoked once for each release. Only this function needs Alembic."""

from collections.abc import Callable, Mapping
from typing import Any

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.secrets import Secrets
from approvals.entrypoints.server import logs, migrations
from approvals.settings.environment import Settings, environment


def make(environ: Mapping[str, str] | None = None) -> Callable[[Any, Any], Any]:
    """Upgrade to the newest revision, or to the event's, such as {"to": "0001"}."""
    found = environment() if environ is None else environ

    def migrate(event: Any, context: Any) -> Any:
        settings = Settings.from_env(found, fetch=Secrets(Clients()).text)
        facts = {"aws_request_id": context.aws_request_id}
        logs.configure(form="json", level=settings.log_level, facts=facts)
        url = wiring.database_url(settings)
        migrations.upgrade(url, to=event.get("to", "head") if isinstance(event, dict) else "head")
        return {"revision": migrations.current(url)[0]}

    return migrate
