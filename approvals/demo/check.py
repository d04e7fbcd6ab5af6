"""`approvals demo --check`: an approval, a rejection, two approvals and a timeout, through mail, page and Slack."""

import dataclasses
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from approvals.demo.cast.scenarios import ANA, BEN, PLAIN, RISKY, DemoPerson, Scenario
from approvals.demo.fake_slack.schema.validation import elements_of
from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.demo.progress import ExecutionProgress
from approvals.demo.review_form import CheckFailed, answer
from approvals.demo.slack_ui.workspace import CHANNEL_ID
from approvals.demo.system import DemoSystem, Order
from approvals.demo.view import name_of
from approvals.presentation.lists import listed

MAIL_SECONDS, END_SECONDS = 60, 60
SILENCE_SECONDS = 4
POLL_SECONDS = 0.1
CHANNEL_WORDS = {"link": "by link", "slack": "in Slack"}
SHORT_UNANSWERED = dataclasses.replace(
    PLAIN, slug="check-silent", remind_seconds=1, escalate_seconds=2, timeout_seconds=SILENCE_SECONDS
)

Echo = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """The answers Ana gives by mail and Ben in Slack (None: no answer), and the expected end of the workflow."""

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
    Case(title="Nobody answers", scenario=SHORT_UNANSWERED, ends_at="Ask again tomorrow", outcome="expired"),
)  # fmt: skip


def run_check(system: DemoSystem, *, echo: Echo) -> bool:
    """Run all cases, print how each ended and return whether all ended as expected. Raise GatewayDied if it did."""
    echo("Four refunds wait for finance at the same time. They are answered by mail and in Slack.\n")
    with ThreadPoolExecutor(len(CASES)) as pool:
        results = list(pool.map(lambda case: _run_case(case, system), CASES))
    system.gateway.check()
    for _, lines in results:
        echo("\n".join(lines) + "\n")
    passed = sum(as_expected for as_expected, _ in results)
    if passed < len(CASES):
        echo(f"The gateway is running. {system.gateway.log_tail()}\n")
    echo(f"{passed} of {len(CASES)} as expected")
    return passed == len(CASES)


def _run_case(case: Case, system: DemoSystem) -> tuple[bool, list[str]]:
    try:
        order = system.start(case.scenario)
        _act(case, order, system)
        progress = _wait_for_end(order, system)
        _check_slack_shows_outcome(order, system)
    except CheckFailed as error:
        return False, [case.title, f"  failed: {error}"]
    as_expected = (progress.last, progress.decision.get("outcome")) == (case.ends_at, case.outcome)
    return as_expected, [case.title, *_report(progress), *([] if as_expected else [_expected(case)])]


def _act(case: Case, order: Order, system: DemoSystem) -> None:
    """Answer as the people of this case do, each through the first message about the order."""
    subject = f"order {order.number} "
    mail = system.mailbox.wait_for(lambda mail: mail.to == ANA.email and subject in mail.subject, seconds=MAIL_SECONDS)
    if mail is None:
        raise CheckFailed(f"no mail to Ana about order {order.number} arrived within {MAIL_SECONDS} s")
    if case.in_slack:
        _answer_in_slack(system, order, option=case.in_slack, person=BEN, comment=case.comment)
    if case.option:
        answer(mail.text, option=case.option, comment=case.comment)


def _answer_in_slack(system: DemoSystem, order: Order, *, option: str, person: DemoPerson, comment: str) -> None:
    """Press the button of the direct message and submit the modal that it opens."""
    slack, actor = system.slack, system.slack.actor(person, system.gateway.url)
    dm = slack.dm(person)
    message = slack.wait_for(lambda: next(iter(_messages_about(order, system, dm)), None), seconds=MAIL_SECONDS)
    if message is None:
        raise CheckFailed(f"no message to {person.name} about order {order.number} arrived within {MAIL_SECONDS} s")
    pressed = actor.press(message, f"answer:{option}")
    if not pressed.in_time or actor.modal is None:
        raise CheckFailed(f"the button in Slack got status {pressed.status} in {pressed.seconds:.1f} s, and no modal")
    actor.submit({"comment": comment, "confirmation": option})
    if actor.modal:
        raise CheckFailed(f"the modal in Slack was not accepted: {actor.modal.errors}")


def _check_slack_shows_outcome(order: Order, system: DemoSystem) -> None:
    """Wait until no copy of the message has a button that answers. Raise CheckFailed after END_SECONDS."""
    channels = [CHANNEL_ID, system.slack.dm(BEN)]
    shown = [message for channel in channels for message in _messages_about(order, system, channel)]
    if not system.slack.wait_for(lambda: not any(map(_can_be_answered, shown)), seconds=END_SECONDS):
        raise CheckFailed(f"Slack still showed a button about order {order.number} after {END_SECONDS} s")


def _messages_about(order: Order, system: DemoSystem, channel: str) -> list[SlackMessage]:
    return [message for message in system.slack.team.messages_in(channel) if f"order {order.number} " in message.text]


def _can_be_answered(message: SlackMessage) -> bool:
    elements = (element for block in message.blocks for _, element in elements_of(block))
    return any(str(element.get("action_id")).startswith("answer:") for element in elements)


def _wait_for_end(order: Order, system: DemoSystem) -> ExecutionProgress:
    deadline = time.monotonic() + END_SECONDS + order.scenario.timeout_seconds * (order.scenario is SHORT_UNANSWERED)
    while time.monotonic() < deadline:
        progress = system.progress(order)
        if not progress.running:
            return progress
        time.sleep(POLL_SECONDS)
    raise CheckFailed(f"order {order.number} was still in state “{progress.current}” after {END_SECONDS} s")


def _report(progress: ExecutionProgress) -> list[str]:
    decision = progress.decision
    answers = [
        f"{name_of(one['reviewer'])}: {one['option']}, “{one.get('comment', '')}” ({CHANNEL_WORDS[one['via']]})"
        for one in decision.get("decidedBy", ())
    ]
    return [
        f"  execution   {progress.status}, at “{progress.last}”",
        f"  outcome     {decision.get('outcome', progress.result)}",
        f"  decided by  {listed(answers, cut=99)}",
        f"  output      {json.dumps(progress.result, ensure_ascii=False)}",
    ]


def _expected(case: Case) -> str:
    return f"  expected    “{case.ends_at}” with the outcome {case.outcome}"
