"""The scenarios of the demo: orders, the people of finance and their approval policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

CHANNEL = "finance"


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """A person of the shop. `by` is the channel of their notices; anyone may also answer in #finance."""

    slug: str
    name: str
    role: str
    by: Literal["mail", "slack"] = "mail"

    @property
    def email(self) -> str:
        return f"{self.slug}@shop.example"

    @property
    def member(self) -> str:
        """The Slack member ID."""
        return f"U0{self.slug.upper()}"

    @property
    def entry(self) -> dict[str, str]:
        """The entry in the directory file."""
        return {"name": self.name, "email": self.email, "slack": self.member, "notify": self.by}


ANA = DemoPerson(slug="ana", name="Ana", role="Finance")
BEN = DemoPerson(slug="ben", name="Ben", role="Finance", by="slack")
CLARA = DemoPerson(slug="clara", name="Clara", role="Head of finance")
PEOPLE = (ANA, BEN, CLARA)
JO = "jo@shop.example"
DIRECTORY = {"people": {person.slug: person.entry for person in PEOPLE}}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One order with its approval policy; Clara is asked after `escalate_seconds`."""

    slug: str
    title: str
    text: str
    customer: dict[str, Any]
    items: Sequence[dict[str, Any]]
    description: str
    need: int = 1
    risk: str = "normal"
    form: dict[str, Any] | None = None
    remind_seconds: int = 60
    escalate_seconds: int = 120
    timeout_seconds: int = 300

    @property
    def amount(self) -> int:
        return sum(int(item["Price"]) for item in self.items)

    @property
    def policy(self) -> dict[str, Any]:
        return {
            "stages": [
                {
                    "name": "Finance",
                    "groups": [{"from": [ANA.slug, BEN.slug], "need": self.need}],
                    "notify": [f"slack:#{CHANNEL}"],
                    "remind": {"after": f"{self.remind_seconds}s"},
                    "escalate": [{"after": f"{self.escalate_seconds}s", "to": [CLARA.slug]}],
                }
            ],
            "timeout": f"{self.timeout_seconds}s",
        }

    def order(self, number: str) -> dict[str, Any]:
        """Return the input of an execution."""
        return {
            "order": {"number": number, "amount": self.amount, "customer": self.customer, "items": list(self.items)},
            "requester": JO,
        }


PLAIN = Scenario(
    slug="return",
    title="Boots come back",
    text="420 €. Ana or Ben decides; one answer is enough.",
    customer={"Name": "Kim Larsen", "Since": "2019", "Returns this year": 1},
    items=[
        {"Article": "Walking boots", "Size": "42", "Price": 260},
        {"Article": "Rain jacket", "Size": "M", "Price": 160},
    ],
    description="Both articles came back unworn, with their tags.\n\nThe carrier scanned the parcel two days ago.",
)
RISKY = Scenario(
    slug="large",
    title="A large refund",
    text="4,200 €, high risk. Ana and Ben must both approve, and type their choice to confirm it.",
    need=2,
    risk="high",
    customer={"Name": "Fjord Outdoor Hotels", "Since": "2016", "Returns this year": 7},
    items=[
        {"Article": "Expedition tents, 12", "Size": "4 people", "Price": 3360},
        {"Article": "Sleeping mats, 14", "Size": "L", "Price": 840},
    ],
    description=(
        "The whole delivery comes back after 58 days; our terms say 30.\n\n"
        "Sales promised to take it back in their mail of last week."
    ),
)
DAMAGED = Scenario(
    slug="damaged",
    title="Arrived damaged",
    text="180 €. The reviewer enters a reason and the amount to refund.",
    customer={"Name": "Mia Okafor", "Since": "2023", "Returns this year": 0},
    items=[{"Article": "Gas stove", "Size": "2 burners", "Price": 180}],
    description=(
        "The customer sent two photos: the frame is bent, one burner does not light.\n\n"
        "She would keep it for half the price."
    ),
    form={
        "type": "object",
        "properties": {
            "reason": {"type": "string", "title": "Reason", "enum": ["Damaged in transit", "Faulty", "Goodwill"]},
            "amount": {"type": "number", "title": "Amount in €", "minimum": 1, "maximum": 180, "default": 90},
        },
        "required": ["reason", "amount"],
    },
)
UNANSWERED = Scenario(
    slug="unanswered",
    title="Nobody answers",
    text="240 €. Just watch: a reminder, then Clara is asked, then the timeout.",
    customer={"Name": "Theo Brandt", "Since": "2021", "Returns this year": 2},
    items=[{"Article": "Head torch set", "Size": "–", "Price": 240}],
    description="The set was opened, everything is in the box.",
    remind_seconds=6,
    escalate_seconds=12,
    timeout_seconds=20,
)
SCENARIOS = {scenario.slug: scenario for scenario in (PLAIN, RISKY, DAMAGED, UNANSWERED)}
