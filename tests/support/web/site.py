"""The gateway behind a real HTTP server for a real browser, and its sample approvals."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from approvals.adapters.security.signed_links import SignedLinks
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForReviewer, Holder
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Link, Option
from approvals.entrypoints.app import create_app
from tests.builders import BY_LINK, CONTEXT, a_submission
from tests.fakes import World

PEOPLE = Directory(
    people={
        name: Person(id=name, name=name.title(), email=f"{name}@example.com") for name in ("ana", "ben", "cleo", "dora")
    }
)
IN_TURN = Policy(
    stages=(
        Stage(name="Finance", groups=(Group(from_=("ana", "ben"), need=2),)),
        Stage(name="Legal", groups=(Group(from_=("cleo",)),)),
    ),
    comment="requiredOnReject",
    timeout="30d",
)
SHIP = (
    Option(id="ship", label="Ship it", side="approve", style="primary"),
    Option(id="hold", label="Hold back", side="reject", style="danger"),
)
FORM = Form(
    required=("sum", "pay"),
    properties={
        "sum": Question(type="number", title="Amount to refund", description="At most what was paid.", maximum=420),
        "pay": Question(title="Pay back to", enum=("Card", "Bank account", "Voucher")),
        "why": Question(title="Reason", enum=("Damaged", "Late", "Wrong item", "Changed mind", "Other")),
        "day": Question(title="Day of payment", format="date"),
        "note": Question(title="Note for accounting", format="multiline"),
        "tell": Question(type="boolean", title="Tell the customer", description="In their language."),
    },
)
FULL: dict[str, Any] = {
    **CONTEXT,
    "policy": IN_TURN,
    "description": "Jo returned it, **cracked**.\n\n- photos\n- report\n\n> See [the handbook](https://handbook.example.com/).",
    "details": {
        "Order": "1234",
        "Items": [{"SKU": "EM-7", "Qty": 1, "Price": 389.0}, {"SKU": "BN-2", "Qty": 2, "Price": 15.5}],
        "Shipping": {"Address": {"City": "Köln"}, "Events": ["picked up", "damaged"]},
        "Customer": "jo@example.net",
    },
    "sensitive": ("Customer",),
    "links": (Link(label="Photos", url="https://photos.example.org/1"),),
}
HOSTILE: dict[str, Any] = {
    "title": "W" * 200,
    "requester": "r" * 300 + "@example.com",
    "description": "x" * 3000
    + "\n\n| a | b | c | d | e |\n|-|-|-|-|-|\n| "
    + "y" * 90
    + " | 2 | 3 | 4 | 5 |\n\n`"
    + "z" * 300
    + "`",
    "details": {
        "k" * 300: "v" * 700,
        "long": "w" * 50_000,
        "rows": [{"a" * 40: "b" * 80, "c": "d" * 80, "e" * 40: 10**30, "f": True}] * 2,
        "deep": {"l" * 60: {"l": {"l": {"l": {"l": {"l": {"n": "m" * 200}}}}}}},
        "سلام": "שלום " * 60,
    },
    "options": tuple(Option(id=f"o{n}", label="O" * 60, side="approve") for n in range(10)),
    "links": (Link(label="l" * 100, url=f"https://{'h' * 60}.example.com/"),),
    "tags": {"t" * 80: "u" * 256},
    "form": Form(properties={"q" * 60: Question(description="d" * 900, enum=("c" * 200, "e" * 200))}),
    "risk": "high",
}


class Site:
    """The gateway behind a real HTTP server, with links to its pages."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.be_reached_at(url)

    def be_reached_at(self, url: str) -> None:
        """Change the public URL, as that of a proxy in front."""
        links = SignedLinks(["a-signing-key-of-thirty-two-chars"], public_url=url, lifetime=timedelta(days=7))
        self.gateway = self.world.gateway = self.world.another(public_url=url, links=links)
        self.app = create_app(self.gateway)

    def submit(self, **changes: Any) -> str:
        return self.gateway.submit(a_submission(**changes), caller="tests").approval_id

    def link(self, approval_id: str, *, reviewer: int = 0, holder: Holder | None = None) -> str:
        return self.gateway.ports.links.url(approval_id, holder or ForReviewer(reviewer), now=self.world.clock())

    def open(self, **changes: Any) -> str:
        return self.link(self.submit(**changes))

    def decide(self, approval_id: str, *, reviewer: int, option: str = "approve", comment: str = "") -> None:
        answer = Answer(option=option, comment=comment)
        self.gateway.decide(approval_id, reviewer=reviewer, answer=answer, actor=BY_LINK, assurance="link")

    def approval(self, approval_id: str = "id-0001") -> Approval:
        return self.gateway.approval(approval_id)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focus_by_tab(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as a keyboard user does."""
    for _ in range(40):
        if page.locator(selector).evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector}")
