"""`python -m tests.chaos`: run rounds of chaos, print a line for each, and exit 1 if anything was lost or untrue."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from tests.chaos.chaos_round import open_world, run
from tests.chaos.plan import Plan
from tests.support.database.engines import ENGINES
from tests.support.database.postgres import running_postgres

MOST_SHOWN = 20


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _ended)
    plan = Plan(seconds=arguments.seconds, seed=arguments.seed)
    try:
        failed = [name for name in arguments.database or ENGINES if not _clean(name, plan)]
    except pytest.skip.Exception as reason:
        sys.exit(str(reason))
    sys.exit(1 if failed else 0)


def _clean(name: str, plan: Plan) -> bool:
    """Run one round, print its figures, and return whether all is well. Otherwise its files stay."""
    folder, began = Path(tempfile.mkdtemp(prefix=f"approvals-chaos-{name}-")), time.monotonic()
    with _logs_in(folder), _database(name, folder) as url, open_world(plan, database_url=url, folder=folder) as world:
        verdict = run(world)
        _say(f"{name}: {world.line(verdict)}, {time.monotonic() - began:.0f} s, seed {plan.seed}")
        world.stored.dump(folder / "rows.jsonl")
    for kind, sentences in verdict.found.items():
        for sentence in sentences[:MOST_SHOWN]:
            _say(f"  {kind}: {sentence}")
    if verdict.clean:
        shutil.rmtree(folder)
    else:
        _say(f"  The rows of the database and the logs are in {folder}; run it again with --seed {plan.seed}.")
    return verdict.clean


@contextmanager
def _logs_in(folder: Path) -> Generator[None]:
    """Say where the logs are if a round cannot be finished."""
    try:
        yield
    except RuntimeError as error:
        error.add_note(f"The logs are in {folder}.")
        raise


@contextmanager
def _database(name: str, folder: Path) -> Generator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'approvals.db'}"
        return
    with running_postgres() as server, server.database() as url:
        yield url


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long things break (default: %(default)s)")
    parser.add_argument("--database", action="append", choices=ENGINES, help="default: one round on each")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000), help="default: random")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _ended(*_: object) -> NoReturn:
    """Stopped from outside: what was started is stopped on the way out."""
    sys.exit("stopped")


if __name__ == "__main__":
    main()
