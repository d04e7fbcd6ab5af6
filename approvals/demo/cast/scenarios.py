"""What can be tried: orders, the people of finance, and the policies under which they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

CHANNEL = "finance"


@dataclass(frozen=True, kw_only=True)
class Person:
    """`by` is where they are written to; in the channel everybody may answer."""

    slug: str
    name: str
    role: str
    by: Literal["mail", "slack"] = "mail"

    @property
    def email(self) -> str:
        return f"{self.slug}@shop.example"

    @property
    def member(self) -> str:
        """Their id in Slack."""
        return f"U0{self.slug.upper()}"

    @property
    def entry(self) -> dict[str, str]:
        """What the directory file says of them."""
        return {"name": self.name, "email": self.email, "slack": self.member, "notify": self.by}


ANA = Person(slug="ana", name="Ana", role="Finance")
BEN = Person(slug="ben", name="Ben", role="Finance", by="slack")
CLARA = Person(slug="clara", name="Clara", role="Head of finance")
PEOPLE = (ANA, BEN, CLARA)
REQUESTER = "jo@shop.example"
DIRECTORY = {"people": {person.slug: person.entry for person in PEOPLE}}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way to meet the gateway. `moments` are seconds until the reminder and until Clara is asked too."""

    slug: str
    title: str
    text: str
    customer: dict[str, Any]
    items: Sequence[dict[str, Any]]
    description: str
    need: int = 1
    risk: str = "normal"
    form: dict[str, Any] | None = None
    moments: tuple[int, int] = (60, 120)
    seconds: int = 300

    @property
    def amount(self) -> int:
        return sum(int(item["Price"]) for item in self.items)

    @property
    def policy(self) -> dict[str, Any]:
        reminded, escalated = self.moments
        return {
            "stages": [
                {
                    "name": "Finance",
                    "groups": [{"from": [ANA.slug, BEN.slug], "need": self.need}],
                    "notify": [f"slack:#{CHANNEL}"],
                    "remind": {"after": f"{reminded}s"},
                    "escalate": [{"after": f"{escalated}s", "to": [CLARA.slug]}],
                }
            ],
            "timeout": f"{self.seconds}s",
        }

    def order(self, number: str) -> dict[str, Any]:
        """The input of an execution."""
        return {
            "order": {"number": number, "amount": self.amount, "customer": self.customer, "items": list(self.items)},
            "requester": REQUESTER,
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
    text="4,200 €, high risk. Ana and Ben must both agree, and type what they choose.",
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
FORM = Scenario(
    slug="damaged",
    title="Arrived damaged",
    text="180 €. Whoever answers says why and how much goes back.",
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
SILENT = Scenario(
    slug="unanswered",
    title="Nobody answers",
    text="240 €. Lean back: a reminder, then Clara is asked, then time is up.",
    customer={"Name": "Theo Brandt", "Since": "2021", "Returns this year": 2},
    items=[{"Article": "Head torch set", "Size": "–", "Price": 240}],
    description="The set was opened, everything is in the box.",
    moments=(6, 12),
    seconds=20,
)
SCENARIOS = {scenario.slug: scenario for scenario in (PLAIN, RISKY, FORM, SILENT)}
