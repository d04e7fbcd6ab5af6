"""A short round of chaos on both databases. `make chaos` runs long ones."""

import random
from pathlib import Path

from tests.chaos.chaos_round import open_world, run
from tests.chaos.plan import Plan
from tests.chaos.processes import NAMES

SECONDS = 15


def test_nothing_is_lost_double_wrong_or_untrue_among_kills_and_faults(bare_database_url: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10_000)
    plan = Plan(seconds=SECONDS, seed=seed, pause=0.3, life=(0.5, 4.0), longest=6)
    with open_world(plan, database_url=bare_database_url, folder=tmp_path) as world:
        verdict = run(world)
        line = world.line(verdict)
        world.stored.dump(tmp_path / "rows.jsonl")
    assert verdict.clean, f"{line}; seed {seed}; rows and logs in {tmp_path}; {dict(verdict.found)}"
    assert world.processes.kills.total() > len(NAMES), line
    assert verdict.approvals > 0, line
