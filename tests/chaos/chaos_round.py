"""One round: start everything, break it at random moments, let it come to rest, and judge."""

import random
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from approvals.entrypoints.server import migrations
from tests.chaos.client import Client
from tests.chaos.endpoint import Endpoint, serve_endpoint
from tests.chaos.judge import KINDS, Verdict, judge
from tests.chaos.mailbox import Mailbox, serve_mailbox
from tests.chaos.people import Person
from tests.chaos.plan import Plan
from tests.chaos.processes import NAMES, Processes
from tests.chaos.stored import Stored
from tests.chaos.told import Told
from tests.chaos.workflows import Workflows

PAGE = 200
LOOK_EVERY, SECONDS_TO_START = 0.5, 60.0


@dataclass(frozen=True, kw_only=True)
class World:
    """The parts of a round, all of them running."""

    plan: Plan
    endpoint: Endpoint
    mailbox: Mailbox
    processes: Processes
    client: Client
    told: Told
    workflows: Workflows
    stored: Stored

    def verdict(self) -> Verdict:
        """Judge what is there now. The gateway has to be running."""
        found = judge(self.endpoint.waits, self.told, list(self._approvals()), self.stored.trails())
        found.add("lost", (f"{key}: given up" for key in self.stored.given_up()))
        if self.stored.due():
            found.found["lost"].append(f"{self.stored.due()} approvals and messages are still due")
        found.found["died"] += self.processes.died
        return found

    def line(self, verdict: Verdict) -> str:
        faults = sum(count for name, count in (self.endpoint.faults + self.mailbox.faults).items() if name != "none")
        figures = {
            "kills": self.processes.kills.total(), "faults": faults, "approvals": verdict.approvals,
            **{kind: len(verdict.found[kind]) for kind in (*KINDS, "died")}, "repeated": verdict.repeated,
        }  # fmt: skip
        return ", ".join(f"{name} {figure}" for name, figure in figures.items())

    def _approvals(self) -> Generator[Any]:
        """Read the list page by page: each page's cursor leads to the next one."""
        cursor = ""
        while cursor is not None:
            path = f"/v1/approvals?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
            page = _insisted(partial(self.client.get, path)).json
            yield from page["items"]
            cursor = page["next"]


@contextmanager
def open_world(plan: Plan, *, database_url: str, folder: Path) -> Generator[World]:
    """Start the stand-ins and the gateway, and kill what is left of it at the end."""
    migrations.upgrade(database_url)
    with ExitStack() as stack:
        endpoint = stack.enter_context(serve_endpoint(plan.draws("endpoint")))
        mailbox = stack.enter_context(serve_mailbox(plan.draws("mailbox")))
        smtp = f"{mailbox.host}:{mailbox.port}"
        processes = Processes(folder, database_url=database_url, endpoint=endpoint.url, smtp=smtp)
        stack.callback(processes.kill_all)
        client, told = Client(port=processes.port, api_key=processes.api_key), Told()
        processes.start_all()
        _insisted(lambda: client.get("/readyz"))
        yield World(
            plan=plan, endpoint=endpoint, mailbox=mailbox, processes=processes, client=client, told=told,
            workflows=Workflows(plan, client, endpoint, told), stored=Stored(database_url),
        )  # fmt: skip


def run(world: World) -> Verdict:
    """Break things for the plan's seconds, let everything come to rest, and return the verdict."""
    over, plan = threading.Event(), world.plan
    people = [
        Person(name, plan.draws(name), client=world.client, mailbox=world.mailbox, told=world.told)
        for name in (f"person{number}" for number in range(plan.deciders))
    ]
    loops = (world.workflows.run, *(person.run for person in people))
    with ThreadPoolExecutor(len(loops)) as pool:
        running = [pool.submit(loop, over) for loop in loops]
        try:
            _break_things(world, plan.draws("kills"))
        finally:
            over.set()
        for one in running:
            one.result()
    _come_to_rest(world)
    return world.verdict()


def _break_things(world: World, draws: random.Random) -> None:
    """Kill one process or both, and start them again; now and then the endpoint is away for some seconds."""
    end = time.monotonic() + world.plan.seconds
    while time.monotonic() < end:
        if draws.random() < 0.85:  # the others are killed while they start
            _insisted(lambda: world.client.get("/readyz"))
        _wait_for_the_moment(world, draws)
        if draws.random() < 0.2:
            world.endpoint.down_until = time.monotonic() + draws.uniform(1, 8)
        _restart(world, draws.choice([NAMES[:1], NAMES[1:], NAMES]), pause=draws.choice([0.0, 0.0, 1.0]))


def _wait_for_the_moment(world: World, draws: random.Random) -> None:
    """Wait for a random time, or until a callback has been applied and its response is on its way."""
    longest = draws.uniform(*world.plan.life)
    if draws.random() < 0.5:
        time.sleep(longest)
    else:
        world.endpoint.in_a_call.clear()
        world.endpoint.in_a_call.wait(longest)


def _restart(world: World, victims: Sequence[str], *, pause: float) -> None:
    for name in victims:
        world.processes.kill(name)
    time.sleep(pause)
    for name in victims:
        world.processes.start(name)


def _come_to_rest(world: World) -> None:
    """End all faults, start everything once more after a long pause, and wait until nothing is due or time is up."""
    world.endpoint.faulty = world.mailbox.faulty = False
    world.processes.kill_all()
    world.stored.let_time_pass()
    world.processes.start_all()
    _insisted(lambda: world.client.get("/readyz"))
    end = time.monotonic() + world.plan.calm_seconds
    while time.monotonic() < end and not (world.workflows.flush() and world.stored.due() == 0):
        time.sleep(LOOK_EVERY)


def _insisted(call: Callable[[], Any]) -> Any:
    """Return the first good answer. Raises RuntimeError if there is none in time."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        if (answered := call()) and answered.status == 200:
            return answered
        time.sleep(0.1)
    raise RuntimeError("the gateway does not answer: look at its log")
