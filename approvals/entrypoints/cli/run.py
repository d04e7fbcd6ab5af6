"""Commands that run a process or the migrations: serve, worker, tick, demo, db."""

import dataclasses
import signal
import sys
from typing import Any

import click

from approvals import wiring
from approvals.domain.model.messages.outgoing import LANES
from approvals.entrypoints.cli.context import announce, echo, gateway, settings, upgrade_embedded
from approvals.entrypoints.server import migrations
from approvals.entrypoints.server.worker import Bell
from approvals.settings.environment import Settings
from approvals.settings.parsers import activity_arns


@click.command()
def serve() -> None:
    """Run the web server and the worker. Without settings: SQLite in this folder, mails on this terminal."""
    from approvals.entrypoints.server.gunicorn import Server

    found = settings(start=True)
    upgrade_embedded(found)
    server = Server(found)
    listens = f"approvals listens on {found.listen}; its public URL is {found.public_url}"
    announce(found, f"{listens}. Press Ctrl-C to stop it.", event="server.started")
    server.run()


@click.command()
@click.option("--activity", "activities", multiple=True, metavar="ARN", help="Also poll this Activity; repeatable.")
def worker(activities: tuple[str, ...]) -> None:
    """Run the worker without the web server.

    It sweeps, delivers, and polls the queue and the Activities.
    """
    from approvals.entrypoints.server.gunicorn import make_worker
    from approvals.entrypoints.server.metrics import metrics_of

    found = _with_activities(settings(), activities)
    upgrade_embedded(found)
    bell, metrics = Bell(), metrics_of(found)
    meter = metrics.meter() if metrics else None
    made = wiring.build(found, wake=bell.ring, sinks=[meter] if meter else [])
    running = make_worker(found, made, bell, meter=meter)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    running.start()
    if metrics:
        metrics.start(made.backlog)
    announce(found, "The worker is running. Press Ctrl-C to stop it.", event="worker.started")
    running.wait()
    running.stop()
    if metrics:
        metrics.remove()


def _with_activities(found: Settings, activities: tuple[str, ...]) -> Settings:
    """Add these Activities to those of the settings. Raises BadParameter."""
    try:
        more = activity_arns(",".join(activities))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--activity") from None
    return dataclasses.replace(found, activities=(*found.activities, *more))


@click.command()
def tick() -> None:
    """Do everything that is due, then exit. For a scheduler instead of a worker."""
    made = gateway()
    changes = sent = 0
    while done := made.sweep():
        changes += done
    for lane in LANES:
        while done := made.deliver(lane=lane):
            sent += done
    purged = made.purge()
    echo(f"{changes} changes, {sent} messages handled." + f" {purged} approvals purged." * bool(purged))


@click.command()
@click.option("--check", is_flag=True, help="Drive four workflows without a browser and exit 0 if all end as expected.")
@click.option("--port", default=8080, show_default=True, help="The port of the demo's page.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in the browser.")
def demo(check: bool, port: int, open_browser: bool) -> None:
    """Run a demo on this machine, with a page to control it.

    It starts Step Functions, a queue, a mailbox, a simulated Slack and the gateway.
    """
    from approvals.demo.main import run

    sys.exit(run(check=check, port=port, open_browser=open_browser))


@click.group()
def db() -> None:
    """Upgrade the database, or show its revision."""


@db.command("upgrade")
@click.option("--to", default="head", show_default=True, help="The target revision.")
def upgrade(to: str) -> None:
    """Upgrade the database to the newest revision."""
    url = wiring.database_url(settings(start=True))
    migrations.upgrade(url, to=to)
    echo(f"The database is at revision {migrations.current(url)[0]}.")


@db.command("current")
def current() -> None:
    """Show the revision of the database, and the newest one."""
    here, newest = migrations.current(wiring.database_url(settings()))
    echo(f"at {here or 'no revision'}, the newest is {newest}")


COMMANDS: tuple[Any, ...] = (serve, worker, tick, demo, db)
