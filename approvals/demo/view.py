"""What the stage shows at one moment: the orders, one of them in its graph, the mailbox, and which steps are done."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from approvals.demo.cast.machine import ASK
from approvals.demo.cast.scenarios import ANA, PEOPLE, SCENARIOS, Person, Scenario
from approvals.demo.mailbox import Mail
from approvals.demo.progress import Progress
from approvals.demo.slack_ui.view import Pane
from approvals.demo.workflow_graph.state_graph import read_graph
from approvals.demo.workflow_graph.svg import Drawing, draw
from approvals.demo.world import Order, World, newest_first

LAST_WORDS = {
    "Refunded": ("approved", "Refunded"),
    "Keep the money": ("rejected", "Rejected"),
    "Ask again tomorrow": ("late", "Timed out"),
    "Call support": ("failed", "Failed"),
}


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """`tone` is a CSS class, `word` says the same to everybody."""

    order: Order
    progress: Progress
    tone: str
    word: str


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happens by itself while nobody answers."""

    label: str
    after: int
    reached: bool

    def when(self, waited: int) -> str:
        return f"after {_span(self.after)}" if self.reached else f"in {_span(self.after - waited)}"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the gateway has waited for an answer, and what comes next."""

    waited: int
    moments: tuple[Moment, ...]

    @property
    def whole(self) -> int:
        return self.moments[-1].after


@dataclass(frozen=True, kw_only=True)
class MailView:
    mail: Mail
    person: Person
    preview: str
    at: str
    new: bool


@dataclass(frozen=True, kw_only=True)
class View:
    scenarios: Sequence[Scenario]
    orders: Sequence[OrderView]
    chosen: OrderView | None
    drawing: Drawing | None
    definition: dict[str, Any] | None
    patience: Patience | None
    people: Sequence[tuple[Person, int]]
    person: str
    mails: Sequence[MailView]
    mail: MailView | None
    as_text: bool
    steps: tuple[bool, bool, bool]
    pane: Pane
    news: str

    @property
    def verdict(self) -> str:
        """How the chosen order ended, in one sentence."""
        return _verdict(self.chosen) if self.chosen else ""

    @property
    def name_of_person(self) -> str:
        return next((person.name for person, _ in self.people if person.slug == self.person), "Nobody of that name")

    def link(self, **changes: Any) -> dict[str, Any]:
        """The query of this view, changed."""
        now = {
            "order": self.chosen and self.chosen.order.number,
            "person": self.person or None,
            "mail": self.mail and self.mail.mail.number,
            "plain": "1" if self.as_text else None,
        }
        return {**now, **self.pane.query, **changes}


def look(
    world: World,
    *,
    number: str,
    person: str,
    mail_number: int | None,
    as_text: bool,
    opened: frozenset[int],
    now: float,
    pane: Pane,
) -> View:
    orders = [_order_view(order, world.progress(order)) for order in newest_first(world.orders)]
    chosen = next((view for view in orders if view.order.number == number), orders[0] if orders else None)
    scenario = chosen.order.scenario if chosen else next(iter(SCENARIOS.values()))
    definition = world.definition(scenario)
    mails = [_mail_view(mail, opened) for mail in reversed(list(world.mailbox.mails))]
    decided = any(view.progress.decision.get("decidedBy") for view in orders)
    return View(
        scenarios=tuple(SCENARIOS.values()),
        orders=orders,
        chosen=chosen,
        drawing=draw(read_graph(definition)),
        definition=definition["States"][ASK],
        patience=_patience(chosen, now) if chosen else None,
        people=[(one, sum(mail.person == one for mail in mails)) for one in PEOPLE],
        person=person,
        mails=[mail for mail in mails if person in ("", mail.person.slug)],
        mail=next((mail for mail in mails if mail.mail.number == mail_number), None),
        as_text=as_text,
        steps=(bool(orders), bool(opened) or decided, decided),
        pane=pane,
        news=f"{_news(chosen, mails)} {pane.latest}".strip(),
    )


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60}:{seconds % 60:02} min"


def _order_view(order: Order, progress: Progress) -> OrderView:
    if progress.current == ASK:
        tone, word = "waits", "Waits for an answer"
    elif progress.running:
        tone, word = "runs", "Runs"
    else:
        tone, word = LAST_WORDS.get(progress.last or "", ("failed", progress.status.capitalize()))
    return OrderView(order=order, progress=progress, tone=tone, word=word)


def _verdict(view: OrderView) -> str:
    decision = view.progress.decision
    agreed = [one for one in decision.get("decidedBy", ()) if one["option"] == decision.get("option")]
    people = " and ".join(name_of(one["reviewer"]) for one in agreed)
    match view.tone:
        case "approved":
            return f"{people or 'Nobody'} approved, and the workflow refunded the customer."
        case "rejected":
            return f"{people or 'Nobody'} rejected, and the workflow kept the money."
        case "late":
            return "Nobody answered in time. The workflow was told so, and asks again tomorrow."
    return "The workflow took the way for what nobody foresaw."


def name_of(reference: str) -> str:
    return next((person.name for person in PEOPLE if reference in (person.slug, person.email)), reference)


def _patience(view: OrderView, now: float) -> Patience | None:
    if view.progress.current != ASK:
        return None
    scenario = view.order.scenario
    waited = max(0, int(now - view.progress.entered[ASK].timestamp()))
    reminder, escalation = scenario.moments
    steps = (("Reminder", reminder), ("Clara is asked too", escalation), ("Time is up", scenario.seconds))
    return Patience(
        waited=min(waited, scenario.seconds),
        moments=tuple(Moment(label=label, after=after, reached=waited >= after) for label, after in steps),
    )


def _mail_view(mail: Mail, opened: frozenset[int]) -> MailView:
    lines = (line.strip() for line in mail.text.splitlines())
    return MailView(
        mail=mail,
        person=next((person for person in PEOPLE if person.email == mail.to), ANA),
        preview=next(filter(None, lines), ""),
        at=time.strftime("%H:%M:%S", time.localtime(mail.at)),
        new=mail.number not in opened,
    )


def _news(chosen: OrderView | None, mails: Sequence[MailView]) -> str:
    """For those who hear the page: the latest that happened, in one sentence."""
    order = f"Order {chosen.order.number}: {chosen.word}." if chosen else ""
    return f"{order} Latest mail for {mails[0].person.name}: {mails[0].preview}." if mails else order
