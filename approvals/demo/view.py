"""The view model of the page: the orders, the graph of one of them, the mailbox, and the completed steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from approvals.demo.cast.machine import ASK
from approvals.demo.cast.scenarios import ANA, PEOPLE, SCENARIOS, DemoPerson, Scenario
from approvals.demo.mailbox import ReceivedMail
from approvals.demo.progress import ExecutionProgress
from approvals.demo.slack_ui.view import PaneView
from approvals.demo.system import DemoSystem, Order, newest_first
from approvals.demo.workflow_graph.state_graph import read_graph
from approvals.demo.workflow_graph.svg import Drawing, draw
from approvals.presentation.lists import listed
from approvals.presentation.moments import clock_time

OUTCOME_WORDS = {
    "Refunded": ("approved", "Refunded"),
    "Keep the money": ("rejected", "Rejected"),
    "Ask again tomorrow": ("late", "Timed out"),
    "Call support": ("failed", "Failed"),
}


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """One row of the order list. `tone` is the CSS class of the status, `word` its text."""

    order: Order
    progress: ExecutionProgress
    tone: str
    word: str


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A reminder, escalation or timeout that happens while nobody answers."""

    label: str
    after: int
    reached: bool

    def when(self, waited: int) -> str:
        return f"after {_span(self.after)}" if self.reached else f"in {_span(self.after - waited)}"


@dataclass(frozen=True, kw_only=True)
class Countdown:
    """The time the gateway has waited for an answer, and the milestones ahead."""

    waited: int
    milestones: tuple[Milestone, ...]

    @property
    def total(self) -> int:
        return self.milestones[-1].after


@dataclass(frozen=True, kw_only=True)
class MailView:
    mail: ReceivedMail
    person: DemoPerson
    preview: str
    at: str
    new: bool


@dataclass(frozen=True, kw_only=True)
class PageView:
    scenarios: Sequence[Scenario]
    orders: Sequence[OrderView]
    chosen: OrderView | None
    drawing: Drawing | None
    definition: dict[str, Any] | None
    countdown: Countdown | None
    people: Sequence[tuple[DemoPerson, int]]
    person: str
    mails: Sequence[MailView]
    mail: MailView | None
    as_text: bool
    steps: tuple[bool, bool, bool]
    pane: PaneView
    announcement: str

    @property
    def verdict(self) -> str:
        """The end of the chosen order in one sentence."""
        return _verdict(self.chosen) if self.chosen else ""

    @property
    def name_of_person(self) -> str:
        return next((person.name for person, _ in self.people if person.slug == self.person), "Nobody with that name")

    def link(self, **changes: Any) -> dict[str, Any]:
        """Return the query parameters of this view with the changes applied."""
        current = {
            "order": self.chosen and self.chosen.order.number,
            "person": self.person or None,
            "mail": self.mail and self.mail.mail.number,
            "plain": "1" if self.as_text else None,
        }
        return {**current, **self.pane.query, **changes}


def page_view(
    system: DemoSystem,
    *,
    number: str,
    person: str,
    mail_number: int | None,
    as_text: bool,
    opened: frozenset[int],
    now: float,
    pane: PaneView,
) -> PageView:
    orders = [_order_view(order, system.progress(order)) for order in newest_first(system.orders)]
    chosen = next((view for view in orders if view.order.number == number), orders[0] if orders else None)
    scenario = chosen.order.scenario if chosen else next(iter(SCENARIOS.values()))
    definition = system.definition(scenario)
    mails = [_mail_view(mail, opened) for mail in reversed(list(system.mailbox.mails))]
    decided = any(view.progress.decision.get("decidedBy") for view in orders)
    return PageView(
        scenarios=tuple(SCENARIOS.values()),
        orders=orders,
        chosen=chosen,
        drawing=draw(read_graph(definition)),
        definition=definition["States"][ASK],
        countdown=_countdown(chosen, now) if chosen else None,
        people=[(one, sum(mail.person == one for mail in mails)) for one in PEOPLE],
        person=person,
        mails=[mail for mail in mails if person in ("", mail.person.slug)],
        mail=next((mail for mail in mails if mail.mail.number == mail_number), None),
        as_text=as_text,
        steps=(bool(orders), bool(opened) or decided, decided),
        pane=pane,
        announcement=f"{_announcement(chosen, mails)} {pane.latest}".strip(),
    )


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60}:{seconds % 60:02} min"


def _order_view(order: Order, progress: ExecutionProgress) -> OrderView:
    if progress.current == ASK:
        tone, word = "waits", "Waiting for an answer"
    elif progress.running:
        tone, word = "runs", "Running"
    else:
        tone, word = OUTCOME_WORDS.get(progress.last or "", ("failed", progress.status.capitalize()))
    return OrderView(order=order, progress=progress, tone=tone, word=word)


def _verdict(view: OrderView) -> str:
    decision = view.progress.decision
    agreed = [one for one in decision.get("decidedBy", ()) if one["option"] == decision.get("option")]
    people = listed([name_of(one["reviewer"]) for one in agreed], nobody="Nobody")
    match view.tone:
        case "approved":
            return f"{people} approved, and the workflow refunded the customer."
        case "rejected":
            return f"{people} rejected, and the workflow kept the money."
        case "late":
            return "Nobody answered in time. The workflow received a timeout, and asks again tomorrow."
    return "The workflow took the path for unexpected errors."


def name_of(reference: str) -> str:
    return next((person.name for person in PEOPLE if reference in (person.slug, person.email)), reference)


def _countdown(view: OrderView, now: float) -> Countdown | None:
    if view.progress.current != ASK:
        return None
    scenario = view.order.scenario
    waited = max(0, int(now - view.progress.entered[ASK].timestamp()))
    steps = (
        ("Reminder", scenario.remind_seconds),
        ("Clara is asked too", scenario.escalate_seconds),
        ("Timeout", scenario.timeout_seconds),
    )
    return Countdown(
        waited=min(waited, scenario.timeout_seconds),
        milestones=tuple(Milestone(label=label, after=after, reached=waited >= after) for label, after in steps),
    )


def _mail_view(mail: ReceivedMail, opened: frozenset[int]) -> MailView:
    lines = (line.strip() for line in mail.text.splitlines())
    return MailView(
        mail=mail,
        person=next((person for person in PEOPLE if person.email == mail.to), ANA),
        preview=next(filter(None, lines), ""),
        at=clock_time(datetime.fromtimestamp(mail.at, UTC).astimezone()),
        new=mail.number not in opened,
    )


def _announcement(chosen: OrderView | None, mails: Sequence[MailView]) -> str:
    """Return the latest change in one sentence, for screen readers."""
    order = f"Order {chosen.order.number}: {chosen.word}." if chosen else ""
    return f"{order} Latest mail for {mails[0].person.name}: {mails[0].preview}." if mails else order
