"""Lives the part of the past that is over: approvals of every status, with callbacks of every state."""

from datetime import timedelta

from tests.upgrade.doings import Doings, policy, slug
from tests.upgrade.outside import LOST, Json

MACHINE = "arn:aws:states:eu-central-1:123456789012:execution:refunds:"
IN_OWN_WORDS: Json = {
    "approved": {"success": {"Status": "yes", "Who": "{decidedBy[0].reviewer}", "Said": "{comment}"}},
    "rejected": {"failure": {"error": "NotToday", "cause": "«no» by {decidedBy[0].reviewer}"}},
    "expired": {"success": {"Status": "nobody", "At": "{decidedAt}"}},
    "cancelled": {"failure": {"error": "Gone"}},
}


def executing(name: str, *, attempt: int = 0, item: int | None = None) -> Json:
    """What a workflow says about itself; an attempt counts how often its state was tried again."""
    execution = {"id": MACHINE + slug(name), "name": slug(name), "startTime": "2026-02-20T08:00:00Z"}
    state = {"name": "Wait for people", "enteredTime": "2026-02-20T08:00:01Z", "retryCount": attempt}
    return {"execution": execution, "state": state, **({} if item is None else {"mapItem": item})}


def ten_days_ago(doings: Doings) -> None:
    """Opens those that will have been over for so long that their task tokens are forgotten."""
    for name in ("approved", "rejected", "cancelled", "withdrawn", "too late"):
        doings.submit(name, **executing(name), tags={"kind": "settled"}, locale="de")
    doings.submit("approved by a rule", details={"amount": 5})
    doings.submit("expired", timeoutSeconds=7200)
    doings.submit(
        "expired into approval", policy=policy("ana@into.example", timeout="2h", whole={"onTimeout": "approve"})
    )
    doings.submit("expired into an option", **_options("takes", onTimeout={"option": "later"}, timeout="2h"))
    doings.submit("rejected into success", tags={"env": "prod-eu"})
    doings.submit("abandoned", heartbeatSeconds=90)
    doings.submit("superseded", **executing("superseded"))
    doings.submit(
        "open for long", policy=policy("ana@open-for-long.example", "ben@open-for-long.example", timeout="30d")
    )
    for name in ("inbox one", "inbox two"):
        doings.submit(name, policy=policy("ana@inbox.example", "ben@inbox.example", timeout="30d"))
    doings.deployment.work()


def later_that_day(doings: Doings) -> None:
    """Ends them."""
    doings.decide("approved", comment="«looks right»")
    doings.decide("rejected", option="reject", comment="«not like this»")
    doings.does("decisions", "rejected into success", reviewer="bob", option="reject", comment="«no»")
    doings.does("cancel", "cancelled", key="apk_operator", reason="«not needed»")
    doings.withdraw("withdrawn", reason="«changed my mind»")
    doings.outside.aws_troubles |= {"token-too-late": "TaskTimedOut", "token-abandoned": "TaskTimedOut"}
    doings.decide("too late")
    doings.submit("superseding", **{**executing("superseded", attempt=1), "taskToken": "token-superseding"})
    doings.decide("superseding")
    doings.does("inquiries", "open for long", reviewer="ana@open-for-long.example", text="«Still needed?»")
    for hours in (0, 1, 3):
        doings.at(doings.clock() + timedelta(hours=hours))
        doings.deployment.work()


def yesterday(doings: Doings) -> None:
    """Settles some whose workflows did not hear of it: an operator may try again."""
    for name in ("failed", "unconfirmed", "found in the history", "in its own words"):
        doings.submit(name, **({} if name == "unconfirmed" else executing(name)), answers=IN_OWN_WORDS)
    ticket = {"ticket": "adapted and approved", "amount": 5000, "execution": MACHINE + "ticket-0"}
    doings.ids["adapted and approved"] = doings.arrive({**ticket, "wait": {"token": "token-ticket-0"}})
    doings.deployment.work()
    lost = ("token-unconfirmed", "token-found-in-the-history")
    doings.outside.aws_troubles |= {**dict.fromkeys(lost, LOST), "token-failed": "InvalidOutput"}
    for name in ("failed", "unconfirmed", "found in the history", "in its own words"):
        doings.decide(name, comment="«said yesterday»")
    doings.does("decisions", "adapted and approved", reviewer="ana@adapted.example", option="approve")
    doings.outside.aws_troubles |= dict.fromkeys(lost, "TaskTimedOut")
    doings.outside.histories[MACHINE + "found-in-the-history"] = [succeeded(told(doings, "found in the history"))]


def told(doings: Doings, name: str) -> str:
    """The output that the workflow of an approval was told last."""
    calls = reversed(doings.outside.calls)
    return next(str(call["output"]) for call in calls if call.get("taskToken") == f"token-{slug(name)}")


def succeeded(output: str) -> Json:
    return {
        "id": 7, "timestamp": 1772445600, "type": "TaskSucceeded",
        "taskSucceededEventDetails": {"resourceType": "sqs", "resource": "sendMessage", "output": output},
    }  # fmt: skip


def _options(name: str, *, timeout: str, **whole: object) -> Json:
    options = [
        {"id": "now", "label": "Do it now", "side": "approve", "style": "primary", "output": {"when": "now"}},
        {"id": "later", "label": "Do it later", "side": "approve", "output": {"when": "later"}},
        {"id": "never", "label": "Never", "side": "reject", "style": "danger", "comment": "required"},
    ]
    return {"policy": policy(f"ana@{name}.example", timeout=timeout, whole=whole), "options": options}
