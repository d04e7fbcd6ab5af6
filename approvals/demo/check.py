"""The demo without a browser: an approval, a rejection and a time-out at the same time, through mail and page."""

import dataclasses
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from approvals.demo.progress import Progress
from approvals.demo.scenarios import ANA, PLAIN, Scenario
from approvals.demo.view import name_of
from approvals.demo.visitor import Stuck, answer
from approvals.demo.world import Order, World

MAIL_SECONDS, END_SECONDS = 60, 60
SILENCE_SECONDS = 4
POLL_SECONDS = 0.1
SILENT = dataclasses.replace(PLAIN, slug="check-silent", moments=(1, 2), seconds=SILENCE_SECONDS)

Say = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What somebody does (None: nothing), and where the workflow must end by it with which outcome."""

    title: str
    scenario: Scenario
    option: str | None
    comment: str = ""
    ends_at: str
    outcome: str


CASES = (
    Case(title="Ana approves", scenario=PLAIN, option="approve", comment="All unworn.",
         ends_at="Refunded", outcome="approved"),
    Case(title="Ana rejects", scenario=PLAIN, option="reject", comment="The tags are missing.",
         ends_at="Keep the money", outcome="rejected"),
    Case(title="Nobody answers", scenario=SILENT, option=None, ends_at="Ask again tomorrow", outcome="expired"),
)  # fmt: skip


def run_check(world: World, *, say: Say) -> bool:
    """Whether all ended as expected; says for each how it ended. Raises GatewayDied where that is why they did not."""
    say("Three refunds wait for finance at the same time; each is answered through its mail and its page.\n")
    with ThreadPoolExecutor(len(CASES)) as pool:
        results = list(pool.map(lambda case: _judged(case, world), CASES))
    world.gateway.check()
    for _, lines in results:
        say("\n".join(lines) + "\n")
    good = sum(as_expected for as_expected, _ in results)
    if good < len(CASES):
        say(f"The gateway runs. {world.gateway.last_words()}\n")
    say(f"{good} of {len(CASES)} as expected")
    return good == len(CASES)


def _judged(case: Case, world: World) -> tuple[bool, list[str]]:
    try:
        order = world.start(case.scenario)
        _act(case, order, world)
        progress = _end(order, world)
    except Stuck as stuck:
        return False, [case.title, f"  failed: {stuck}"]
    as_expected = (progress.last, progress.decision.get("outcome")) == (case.ends_at, case.outcome)
    return as_expected, [case.title, *_lines(progress), *([] if as_expected else [_expected(case)])]


def _act(case: Case, order: Order, world: World) -> None:
    """What the person of this case does: nothing, or reading the first mail about the order and doing as it says."""
    about = f"order {order.number} "
    mail = world.mailbox.wait_for(lambda mail: mail.to == ANA.email and about in mail.subject, seconds=MAIL_SECONDS)
    if mail is None:
        raise Stuck(f"no mail to Ana about order {order.number} came within {MAIL_SECONDS} s")
    if case.option:
        answer(mail.text, option=case.option, comment=case.comment)


def _end(order: Order, world: World) -> Progress:
    give_up = time.monotonic() + END_SECONDS + order.scenario.seconds * (order.scenario is SILENT)
    while time.monotonic() < give_up:
        progress = world.progress(order)
        if not progress.running:
            return progress
        time.sleep(POLL_SECONDS)
    raise Stuck(f"order {order.number} still stood at “{progress.current}” after {END_SECONDS} s")


def _lines(progress: Progress) -> list[str]:
    decision = progress.decision
    answers = [
        f"{name_of(one['reviewer'])}: {one['option']}, “{one.get('comment', '')}”"
        for one in decision.get("decidedBy", ())
    ]
    return [
        f"  execution   {progress.status}, at “{progress.last}”",
        f"  outcome     {decision.get('outcome', progress.result)}",
        f"  decided by  {'; '.join(answers) or 'nobody'}",
        f"  output      {json.dumps(progress.result, ensure_ascii=False)}",
    ]


def _expected(case: Case) -> str:
    return f"  expected    “{case.ends_at}” with the outcome {case.outcome}"
