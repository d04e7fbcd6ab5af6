"""Lives the last minutes of the past: messages of every kind that have not left yet when the new code takes over."""

from datetime import timedelta

from tests.upgrade import screens
from tests.upgrade.doings import Doings, policy, slug, stage
from tests.upgrade.outside import LOST, Json
from tests.upgrade.past_settled import executing

LATER, NEVER = 451, 550
"""What a mail server answers that takes a mail later, or never."""
POST = "chat.postMessage"


def an_hour_ago(doings: Doings) -> None:
    """Opens what will be caught in the middle of something."""
    for name, fields in {**_settling(), **_opened()}.items():
        doings.submit(name, **fields)
    doings.deployment.work()
    for name in ("second stage just now", "replaced in stage two"):
        doings.decide(name, "ana@second.example")
    doings.does("inquiries", "replied just now", reviewer="ana@replied-now.example", text="«How much?»")
    doings.does("inquiries", "replied just now", reviewer="cleo", text="«By when?»")
    doings.deployment.work()


def some_minutes_ago(doings: Doings) -> None:
    """Sends reminders that must not be sent again."""
    doings.does("nudge", "nudged")
    doings.does("reassign", "handed back", reviewer="ann", to="bob")
    doings.does("nudge", "nudged asleep")
    doings.deployment.work()


def two_minutes_ago(doings: Doings) -> None:
    """Sends fresh links, which are sent once in five minutes."""
    links = screens.old_links(doings)
    for who in (screens.ANA, screens.ANA_LISTS):
        assert screens.ask_for_a_fresh_link(doings, links[who]) == 200
    doings.deployment.work()


def a_minute_ago(doings: Doings) -> None:
    """Dies while sending this and that; its leases end before the new code takes over."""
    doings.outside.aws_troubles["token-told-by-nobody"] = "ThrottlingException"
    doings.decide("told by nobody")
    doings.submit("leased", policy=policy("ana@leased.example", notify=["slack:#ops"]), risk="high")
    doings.does("claim", "in Slack", reviewer="carl")
    doings.at(doings.clock() + timedelta(seconds=3))
    assert doings.deployment.die_sending(lane="callback") >= 1
    assert doings.deployment.die_sending(lane="notice") >= 3
    _meet_trouble(doings)


def _meet_trouble(doings: Doings) -> None:
    """The outside fails: for now, for good, or so that nobody knows."""
    _fail(doings)
    for name in ("refused for now", "refused for good"):
        doings.submit(name, reviewers=[f"ana@{slug(name)}.example"], risk="high")
    doings.submit("lost in Slack", policy=policy("mel", notify=["slack:C0RELEASES"]), risk="high")
    for name, who in (("disabled in Slack", "carl"), ("reached by mail instead", "gina")):
        doings.submit(name, reviewers=[who], risk="high")
    doings.submit("limited in Slack", policy=policy("ana@limited.example", notify=["slack:#ops"]), risk="high")
    doings.does("claim", "lost its copy", reviewer="gina")
    doings.decide("told late", comment="«late»")
    doings.decide("refused late", option="reject", comment="«late, too»")
    doings.decide("told for a while", comment="«maybe»")
    doings.deployment.work(rounds=1)
    doings.outside.slack_troubles.clear()


def _fail(doings: Doings) -> None:
    doings.outside.mail_troubles |= {
        "ana@refused-for-now.example": LATER, "ana@told-in-time.example": LATER, "ana@refused-for-good.example": NEVER,
    }  # fmt: skip
    doings.outside.slack_troubles |= {
        (POST, "C0RELEASES"): LOST, (POST, "C0OPS"): "ratelimited", ("chat.update", "C0RELEASES"): "message_not_found",
        **{(POST, where): "user_disabled" for where in ("U0CARL", "D0CARL", "U0GINA", "D0GINA")},
    }  # fmt: skip
    doings.outside.aws_troubles |= {
        "token-told-late": "ThrottlingException", "token-refused-late": "ThrottlingException",
        "token-told-for-a-while": LOST,
    }  # fmt: skip


def seconds_ago(doings: Doings) -> None:
    """Queues messages of every event, and sends none of them."""
    for n in range(3):
        doings.submit(
            f"digest {n}", policy=policy("ana@digest.example", notify=["slack:#ops", "mail:all@digest.example"])
        )
    doings.does("nudge", "copied")
    doings.does("nudge", "claimed")
    doings.does("reassign", "handed back", reviewer="bob", to="ann")
    doings.does("reassign", "taken away", key="apk_operator", reviewer="ana@taken.example", to="cleo")
    doings.decide("next stage just now", "ana@next.example")
    doings.decide("asleep in both stages", "ana@both.example")
    doings.decide("overtaken by a stage", "ana@overtaken.example")
    doings.decide("settled unheard", comment="«unheard»")
    for name in ("asks just now", "asks in Slack just now", "asks somebody asleep"):
        doings.does("inquiries", name, reviewer=f"ana@{slug(name)}.example", text=f"«{name}?»")
    doings.does("inquiries/1/reply", "replied just now", text="«By noon»")
    doings.does("inquiries/0/reply", "replied just now", text="«Ten»")
    links = screens.old_links(doings)
    for who in (screens.BEN, screens.RHEA, screens.BEN_LISTS):
        assert screens.ask_for_a_fresh_link(doings, links[who]) == 200
    while doings.deployment.gateway.sweep():
        pass


def _settling() -> dict[str, Json]:
    """What will be settled, and told to its workflow with more or less trouble."""
    names = ("told in time", "told late", "refused late", "told for a while", "told by nobody", "settled unheard")
    return {
        name: {**executing(name), "policy": policy(f"ana@{slug(name)}.example", notify=["slack:#ops"])}
        for name in names
    }


def _opened() -> dict[str, Json]:
    """What will go on, by the name that says what will have become of it."""
    both = ("ana@overtaken.example", "pat@overtaken.example")
    often = {"remind": {"after": "9m", "every": "9m", "times": 12}}
    instead = {**_step("PT58M40S", "boss@instead.example"), "mode": "replace"}
    replaced = stage("cid@second.example", escalate=[instead])
    second = stage("ben@second.example", remind=["PT58M20S", "3d"], escalate=[_step("PT58M30S", "boss@second.example")])
    return {
        "second stage just now": {"policy": policy("ana@second.example", more=[second])},
        "replaced in stage two": {"policy": policy("ana@second.example", more=[replaced])},
        "fresh": {"reviewers": ["ana@fresh.example", "ben@fresh.example"]},
        "reminded just now": {
            "policy": policy("ana@just-now.example", remind=["PT59M30S", "3d"], notify=["slack:#ops"])
        },
        "escalated just now": {
            "policy": policy(
                "ana@escalated-now.example", escalate=[_step("PT59M40S", "boss@escalated-now.example", "gina")]
            )
        },
        "expired just now": {"policy": policy("cleo", timeout="PT59M50S")},
        "next stage just now": {"policy": policy("ana@next.example", more=[stage("ben@next.example", "cleo")])},
        "handed back": {"policy": policy("ann", whole={"reassign": "known"})},
        "taken away": {"reviewers": ["ana@taken.example"]},
        "left just now": {"reviewers": ["kai"]},
        "asks just now": {"requester": "rhea"},
        "asks in Slack just now": {"requester": "rolf"},
        "asks somebody asleep": {"requester": "rita"},
        "replied just now": {"reviewers": ["ana@replied-now.example", "cleo"]},
        "copied": {"policy": policy("cleo", "carl", need=2, notify=["slack:#ops"])},
        "lost its copy": {"policy": policy("gina", notify=["slack:C0RELEASES"])},
        "nudged asleep": {"reviewers": ["dora"]},
        "overtaken by a stage": {"policy": policy(*both, remind=["PT58M20S"], more=[stage(both[1])])},
        "reminded asleep": {"policy": policy("otto", **often)},
        "asleep in both stages": {"policy": policy("otto", "ana@both.example", more=[stage("otto")], **often)},
    }


def _step(after: str, *people: str) -> Json:
    return {"after": after, "to": list(people), "mode": "add"}
