"""Commands that run something: serve, worker, tick, demo, db."""

import dataclasses
import signal
import sys
from typing import Any

import click

from approvals import wiring
from approvals.entrypoints.cli.context import gateway, say, settings, upgrade_embedded
from approvals.entrypoints.server import migrations as database
from approvals.entrypoints.server.worker import Bell
from approvals.settings.environment import Settings
from approvals.settings.parsers import activity_arns


@click.command()
def serve() -> None:
    """Web and worker together. Without any settings: SQLite in this folder, mails on this terminal."""
    from approvals.entrypoints.server.gunicorn import Server

    found = settings(start=True)
    upgrade_embedded(found)
    server = Server(found)
    say(f"approvals listens on {found.listen} and is reached at {found.public_url}. Stop it with Ctrl-C.")
    server.run()


@click.command()
@click.option("--activity", "activities", multiple=True, metavar="ARN", help="An Activity to poll too; repeatable.")
def worker(activities: tuple[str, ...]) -> None:
    """The worker alone, without the web.

    It sweeps, delivers, and polls the queue and the Activities.
    """
    from approvals.entrypoints.server.gunicorn import make_worker

    found = _with_activities(settings(), activities)
    upgrade_embedded(found)
    bell = Bell()
    running = make_worker(found, wiring.build(found, wake=bell.ring), bell)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    running.start()
    say("The worker runs. Stop it with Ctrl-C.")
    running.wait()
    running.stop()


def _with_activities(found: Settings, activities: tuple[str, ...]) -> Settings:
    """Those of the settings and these. Raises BadParameter."""
    try:
        more = activity_arns(",".join(activities))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--activity") from None
    return dataclasses.replace(found, activities=(*found.activities, *more))


@click.command()
def tick() -> None:
    """Once: does what is due now and sends what waits. For a scheduler that has no worker."""
    made = gateway()
    changes = sent = 0
    while done := made.sweep():
        changes += done
    for lane in ("callback", "notice"):
        while done := made.deliver(lane=lane):
            sent += done
    say(f"{changes} changes, {sent} messages taken.")


@click.command()
@click.option("--check", is_flag=True, help="Drive four workflows without a browser and exit 0 if all end as expected.")
@click.option("--port", default=8080, show_default=True, help="Where the demo's page listens.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in the browser.")
def demo(check: bool, port: int, open_browser: bool) -> None:
    """Run a demo on this machine, with a page to drive it.

    It starts Step Functions, a queue, a mailbox, a simulated Slack and the gateway.
    """
    from approvals.demo.main import run

    sys.exit(run(check=check, port=port, open_browser=open_browser))


@click.group()
def db() -> None:
    """The database's shape."""


@db.command("upgrade")
@click.option("--to", default="head", show_default=True, help="The revision to go to.")
def upgrade(to: str) -> None:
    """Brings the database up to date."""
    url = wiring.database_url(settings(start=True))
    database.upgrade(url, to=to)
    say(f"The database is at revision {database.current(url)[0]}.")


@db.command("current")
def current() -> None:
    """Shows the revision the database is at, and the newest."""
    here, newest = database.current(wiring.database_url(settings()))
    say(f"at {here or 'nothing'}, newest is {newest}")


COMMANDS: tuple[Any, ...] = (serve, worker, tick, demo, db)
