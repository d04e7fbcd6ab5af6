"""Lives the part of the past that goes on: approvals that wait, in every situation there is."""

from tests.upgrade.doings import Doings, policy, stage
from tests.upgrade.outside import Json
from tests.upgrade.past_settled import IN_OWN_WORDS, MACHINE, executing

FORM: Json = {
    "title": "What it costs",
    "required": ["sum"],
    "properties": {
        "sum": {"type": "integer", "title": "Amount", "minimum": 1, "maximum": 500, "default": 420},
        "pay": {"enum": ["Card", "Bank"], "title": "Pay to"},
        "tell": {"type": "boolean", "title": "Tell the customer"},
        "day": {"format": "date"},
    },
}
MUCH: Json = {
    "form": FORM, "description": "Jo returned it, **cracked**.\n\n- photos", "sensitive": ["Customer"],
    "details": {"Order": "1234", "Customer": "jo@example.net", "Items": [{"SKU": "EM-7", "Price": 389.5}]},
    "links": [{"label": "Photos", "url": "https://photos.example.org/1"}], "risk": "high",
    "tags": {"team": "refunds", "order": "1234"}, "timeoutSeconds": 1_300_000,
    "stateMachine": {"id": "arn:aws:states:eu-central-1:123456789012:stateMachine:refunds", "name": "refunds"},
}  # fmt: skip


def _at(name: str, *people: str) -> list[str]:
    return [f"{who}@{name}.example" for who in people]


def three_days_ago(doings: Doings) -> None:
    """Opens most of them; what follows from it by itself comes about as time passes."""
    for name, fields in _opened().items():
        doings.submit(name, **fields)
    ticket = {"ticket": "adapted", "amount": 4000, "execution": MACHINE + "ticket-1"}
    doings.ids["adapted"] = doings.arrive({**ticket, "wait": {"token": "token-ticket-1"}})
    doings.deployment.work()


def two_days_ago(doings: Doings) -> None:
    """People do this and that with them."""
    doings.decide("one of two", "ana@one-of-two.example", comment="«first of two»")
    doings.decide("in stage two", "ana@in-stage-two.example", form={})
    doings.decide("reminded in stage two", "ana@reminded-in-stage-two.example")
    doings.decide("rejected once", "cid@rejected-once.example", option="reject", comment="«I would not»")
    doings.does("extend", "extended", until=doings.later(days=8))
    doings.does("reassign", "handed over", reviewer="ana@handed-over.example", to="zoe@handed-over.example")
    doings.does("nudge", "nudged")
    _talk(doings)
    [button] = buttons_of(doings, "C0OPS", "in Slack", action="answer:approve")
    assert doings.press("U0CLEO", "C0OPS", button) == 200
    doings.deployment.work()


def _talk(doings: Doings) -> None:
    """Questions and replies, one of which is corrected."""
    doings.does("inquiries", "replied", reviewer="ana@replied.example", text="«Which invoice?»")
    doings.does("inquiries", "replied", reviewer="ben@replied.example", text="«Who pays?»")
    doings.does("inquiries", "asked a question", reviewer="ben@asked-a-question.example", text="«Why twice?»")
    doings.does("inquiries", "asked in Slack", reviewer="ana@asked-in-Slack.example", text="«Is it urgent?»")
    doings.deployment.work()
    doings.does("inquiries/1/reply", "replied", text="«The customer»")
    doings.does("inquiries/1/reply", "replied", text="«The insurance, I was wrong»")


def a_day_ago(doings: Doings) -> None:
    doings.does("claim", "claimed", reviewer="ben@claimed.example")
    doings.does("nudge", "nudged")
    doings.does("inquiries", "asked a question", reviewer="ana@asked-a-question.example", text="«Since when?»")
    doings.does("decisions", "with much to read", reviewer="ana@much.example", **HIGH, form={"sum": 7, "pay": "Bank"})
    doings.deployment.work()


HIGH: Json = {"option": "approve", "confirmation": "Approve", "comment": "«seven are enough»"}


def buttons_of(doings: Doings, channel: str, name: str, *, action: str = "") -> list[Json]:
    """The buttons of the messages about an approval in a conversation of Slack."""
    id_ = doings.ids[name]
    said = [one for one in doings.outside.said if one["channel"] == channel and id_ in str(one["blocks"])]
    found = [one for message in said for block in message["blocks"] for one in block.get("elements", ())]
    return [one for one in found if one.get("value") == id_ and action in ("", one["action_id"])][:1]


def _opened() -> dict[str, Json]:
    """What is submitted, by the name that says what will have become of it."""
    return {
        "one of two": {"policy": policy(*_at("one-of-two", "ana", "ben"), need=2)},
        "in stage two": _two_stages("in-stage-two", notify=["slack:#ops"]),
        "reminded": {"policy": policy("ana@reminded.example", remind={"after": "1d", "every": "1d", "times": 6})},
        "reminded in stage two": _two_stages("reminded-in-stage-two", remind=["12h", "1d", "4d", "5d"]),
        "escalated": {"policy": policy(*_at("escalated", "ana"), escalate=_steps("escalated", "add"))},
        "replaced": {"policy": policy(*_at("replaced", "ana", "ben"), escalate=_steps("replaced", "replace"))},
        "rejected once": {"policy": policy(*_at("rejected-once", "ana", "ben", "cid"), need="60%", reject=2)},
        "extended": {"timeoutSeconds": 800_000},
        "handed over": {"policy": policy(*_at("handed-over", "ana", "ben"), need=2, whole={"reassign": "anyone"})},
        "claimed": {"policy": policy(*_at("claimed", "ana", "ben"))},
        "nudged": {"policy": policy(*_at("nudged", "ana", "ben"), notify=["mail:all@nudged.example"])},
        "asked a question": {"policy": policy(*_at("asked-a-question", "ana", "ben"))},
        "asked in Slack": {"requester": "rolf"},
        "replied": {"policy": policy(*_at("replied", "ana", "ben"), need=2)},
        "answered for": {"reviewers": ["eve"]},
        "leaves later": {"reviewers": ["hans"]},
        "came back": {"reviewers": ["iva"]},
        "asleep": {"policy": policy("dora", remind={"after": "1d", "every": "1d", "times": 6})},
        "asleep at high risk": {"reviewers": ["dora"], "risk": "high"},
        "with much to read": {"reviewers": _at("much", "ana", "ben"), "need": 2, **MUCH},
        "in Slack": {"policy": policy("cleo", "carl", "gina", need=3, notify=["slack:#ops", "slack:C0RELEASES"])},
        "by mail though in Slack": {"reviewers": ["mel"]},
        "attempted": executing("attempted"),
        "of a map": executing("of a map", item=3),
        "beating": {"heartbeatSeconds": 7200, "timeoutSeconds": 900_000},
        "stops beating": {"heartbeatSeconds": 7200},
        "by a named policy": {"policy": "refunds"},
        "in office hours": {"policy": "office"},
        "forced by a rule": {"tags": {"env": "prod-us"}},
        "with its own words": {"answers": IN_OWN_WORDS, **executing("with its own words")},
        "expires with its own words": {"answers": IN_OWN_WORDS, "timeoutSeconds": 500_000},
        "quiet": {"policy": policy("ana@quiet.example", quiet=True, notify=["mail:team@quiet.example"])},
        "passes on": _two_stages("passes-on", first={"timeout": "5d", "onTimeout": "pass"}),
        "rejects by itself": {"policy": policy("ana@rejects.example", timeout="5d", whole={"onTimeout": "reject"})},
    }


def _two_stages(name: str, *, first: Json | None = None, **second: object) -> Json:
    form = {"properties": {"code": {"title": "Cost centre"}}, "required": ["code"]}
    later = stage(f"ben@{name}.example", name="Legal", **({"form": form} if name == "in-stage-two" else {}), **second)
    made = policy(f"ana@{name}.example", name="Finance", more=[later])
    made["stages"][0] |= first or {}
    return {"policy": made}


def _steps(name: str, mode: str) -> list[Json]:
    """One that was taken by now, and one that is to come."""
    return [
        {"after": "1d", "to": [f"boss@{name}.example"], "mode": mode},
        {"after": "6d", "to": [f"chief@{name}.example", "cleo"], "mode": "add"},
    ]
