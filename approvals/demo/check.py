"""The demo without a browser: an approval, a rejection, two who agree, a time-out; through mail, page and Slack."""

import dataclasses
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from approvals.demo.cast.scenarios import ANA, BEN, PLAIN, RISKY, Person, Scenario
from approvals.demo.fake_slack.schema.validation import elements_of
from approvals.demo.fake_slack.state.workspace import Message
from approvals.demo.progress import Progress
from approvals.demo.slack_ui.workspace import CHANNEL_ID
from approvals.demo.view import name_of
from approvals.demo.visitor import Stuck, answer
from approvals.demo.world import Order, World

MAIL_SECONDS, END_SECONDS = 60, 60
SILENCE_SECONDS = 4
POLL_SECONDS = 0.1
HOW = {"link": "by link", "slack": "in Slack"}
SILENT = dataclasses.replace(PLAIN, slug="check-silent", moments=(1, 2), seconds=SILENCE_SECONDS)

Say = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What Ana does by mail and Ben in Slack (None: nothing), and where the workflow must end, with which outcome."""

    title: str
    scenario: Scenario
    option: str | None = None
    in_slack: str | None = None
    comment: str = ""
    ends_at: str
    outcome: str


CASES = (
    Case(title="Ana approves", scenario=PLAIN, option="approve", comment="All unworn.",
         ends_at="Refunded", outcome="approved"),
    Case(title="Ana rejects", scenario=PLAIN, option="reject", comment="The tags are missing.",
         ends_at="Keep the money", outcome="rejected"),
    Case(title="Ben agrees in Slack, Ana by mail", scenario=RISKY, option="approve", in_slack="approve",
         comment="As promised.", ends_at="Refunded", outcome="approved"),
    Case(title="Nobody answers", scenario=SILENT, ends_at="Ask again tomorrow", outcome="expired"),
)  # fmt: skip


def run_check(world: World, *, say: Say) -> bool:
    """Whether all ended as expected; says for each how it ended. Raises GatewayDied where that is why they did not."""
    say("Four refunds wait for finance at the same time; they are answered through mail and page, and in Slack.\n")
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
        _converged(order, world)
    except Stuck as stuck:
        return False, [case.title, f"  failed: {stuck}"]
    as_expected = (progress.last, progress.decision.get("outcome")) == (case.ends_at, case.outcome)
    return as_expected, [case.title, *_lines(progress), *([] if as_expected else [_expected(case)])]


def _act(case: Case, order: Order, world: World) -> None:
    """What the people of this case do: nothing, or as the message says, the first that came to them about the order."""
    about = f"order {order.number} "
    mail = world.mailbox.wait_for(lambda mail: mail.to == ANA.email and about in mail.subject, seconds=MAIL_SECONDS)
    if mail is None:
        raise Stuck(f"no mail to Ana about order {order.number} came within {MAIL_SECONDS} s")
    if case.in_slack:
        _press(world, order, option=case.in_slack, person=BEN, comment=case.comment)
    if case.option:
        answer(mail.text, option=case.option, comment=case.comment)


def _press(world: World, order: Order, *, option: str, person: Person, comment: str) -> None:
    """The button of the direct message, and the window that it opens."""
    office, actor = world.office, world.office.actor(person, world.gateway.url)
    where = office.dm(person)
    asked = office.wait_for(lambda: next(iter(_about(order, world, where)), None), seconds=MAIL_SECONDS)
    if asked is None:
        raise Stuck(f"no message to {person.name} about order {order.number} came within {MAIL_SECONDS} s")
    pressed = actor.press(asked, f"answer:{option}")
    if not pressed.in_time or actor.modal is None:
        raise Stuck(f"the button in Slack was answered {pressed.status} in {pressed.seconds:.1f} s, without a form")
    actor.submit({"comment": comment, "confirmation": option})
    if actor.modal:
        raise Stuck(f"the form in Slack was not taken: {actor.modal.errors}")


def _converged(order: Order, world: World) -> None:
    """Every copy of the message shows the end, and no button decides any more."""
    places = [CHANNEL_ID, world.office.dm(BEN)]
    shown = [message for where in places for message in _about(order, world, where)]
    if not world.office.wait_for(lambda: not any(map(_decides, shown)), seconds=END_SECONDS):
        raise Stuck(f"Slack still showed a button about order {order.number} after {END_SECONDS} s")


def _about(order: Order, world: World, where: str) -> list[Message]:
    return [message for message in world.office.team.said_in(where) if f"order {order.number} " in message.text]


def _decides(message: Message) -> bool:
    elements = (element for block in message.blocks for _, element in elements_of(block))
    return any(str(element.get("action_id")).startswith("answer:") for element in elements)


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
        f"{name_of(one['reviewer'])}: {one['option']}, “{one.get('comment', '')}” ({HOW[one['via']]})"
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
