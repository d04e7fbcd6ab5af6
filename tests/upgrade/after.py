"""The actions of people and workflows after the upgrade: on old screens, and on new ones.

Each gives the answers that it got: HTTP statuses, or what else can be told from outside.
"""

from tests.upgrade import screens
from tests.upgrade.doings import Doings, slug
from tests.upgrade.outside import Json
from tests.upgrade.past_pending import HIGH
from tests.upgrade.past_settled import executing

ANYHOW = {"status": None}
"""Whatever the answer is, it is what was to be found out."""


def try_again(doings: Doings, known: Json) -> Json:
    """Does once more, in the same minutes, what has been done: nobody may be told twice."""
    fresh = {who: _ask_for_a_fresh_link(doings, known, who) for who in known["old links"]}
    nudged = ("nudged", "nudged asleep", "copied", "claimed", "fresh")
    again = doings.ids["fresh"] == _submit_again(doings)
    said = {
        "decided": doings.decide("one of two", "ana@one-of-two.example", comment="«first of two»", **ANYHOW),
        "claimed": doings.does("claim", "claimed", reviewer="ben@claimed.example", **ANYHOW),
        "asked": doings.does(
            "inquiries", "asked a question", reviewer="ben@asked-a-question.example", text="«Why twice?»"
        ),
        "replied": doings.does("inquiries/1/reply", "replied", text="«The insurance, I was wrong»", **ANYHOW),
    }
    return {"fresh": fresh, "same": again, "said": said, "nudged": {name: _nudge(doings, name) for name in nudged}}


def use_old_screens(doings: Doings, known: Json) -> Json:
    """Opens links, sends forms and presses buttons that were made before the upgrade."""
    opened = {what: doings.open(one["link"]).status_code for what, one in known["links"].items()}
    sent = {
        "answer": _send(doings, known, "claimed", "", option="approve", comment="«by an old form»"),
        "ask": _send(doings, known, "fresh", "ask", text="«Asked by an old form?»"),
        "give": _send(doings, known, "handed over", "give", to="yan@handed-over.example"),
        "reply": _send(doings, known, "asked a question by Rhea", "reply", text="«Replied by an old form»"),
        "nudge": _send(
            doings, known, "asked a question by Rhea", "nudge", sure="true"
        ),  # the box that the form has now
        "withdraw": _send(doings, known, "replied by Rhea", "withdraw", confirmation="withdraw", reason="«over»"),
    }
    pressed = {user: doings.press(user, one["channel"], one["button"]) for user, one in known["buttons"].items()}
    return {"opened": opened, "sent": sent, "pressed": pressed}


def use_old_lists(doings: Doings, known: Json) -> Json:
    """Answers two approvals by a list that was shown before the upgrade."""
    fields = known["links"]["inbox"]["forms"][""]
    picked = {f"pick.{n}": id_ for n, id_ in enumerate(fields["items"].split())}
    return {"sent": _send(doings, known, "inbox", "", option="approve", comment="«by an old list»", **picked)}


def ask_once_more(doings: Doings, known: Json) -> Json:
    """Another five minutes have begun, in which a fresh link may be sent."""
    return {"fresh": {who: _ask_for_a_fresh_link(doings, known, who) for who in known["old links"]}}


def mend(doings: Doings, _known: Json) -> Json:
    """An operator sends again what did not arrive: what was given up, and what cannot be sent any more."""
    names = ("failed", "unconfirmed", "too late", "approved", "told by nobody")
    return {"sent again": {name: doings.does("redeliver", name, key="apk_operator", **ANYHOW) for name in names}}


def nudge_once_more(doings: Doings, _known: Json) -> Json:
    """An hour has passed in which nobody could be nudged."""
    nudged = ("nudged", "nudged asleep", "copied", "fresh")
    return {"nudged": {name: _nudge(doings, name) for name in nudged}}


def attempt_once_more(doings: Doings, _known: Json) -> Json:
    """The workflow tries the same state again: a new approval takes the place of the old one, whose token is closed."""
    doings.outside.aws_troubles["token-attempted"] = "TaskTimedOut"
    new = {**executing("attempted", attempt=1), "taskToken": "token-attempted-again", "title": "«attempted again»"}
    doings.submit("attempted again", **new)
    doings.submit("of a map", **{**executing("of a map", item=4), "taskToken": "token-map-4", "title": "«of a map, 4»"})
    return {}


def decide(doings: Doings, _known: Json) -> Json:
    """Some are decided, by every kind of answer; the others are left to time."""
    legal = {"reviewer": "ben@in-stage-two.example", "option": "approve", "form": {"code": "K 7"}}
    no = {"option": "reject", "comment": "«no, after all»"}
    return {
        "next stage": doings.does("decisions", "in stage two", **legal, **ANYHOW),
        "at high risk": doings.does(
            "decisions", "with much to read", reviewer="ben@much.example", **HIGH, form={"sum": 8}
        ),
        "in its own words": doings.decide("with its own words", comment="«words»", **ANYHOW),
        "adapted": doings.does("decisions", "adapted", reviewer="ana@adapted.example", **no, **ANYHOW),
        "by a delegate": doings.does("decisions", "answered for", reviewer="fay", option="approve", **ANYHOW),
        "by whoever is away": doings.does("decisions", "answered for", reviewer="eve", option="approve", **ANYHOW),
        "by a share": doings.does("decisions", "by a named policy", reviewer="bob", option="approve", **ANYHOW),
        "second rejection": doings.does("decisions", "rejected once", reviewer="ana@rejected-once.example", **no),
        "after a replacement": doings.does("decisions", "replaced", reviewer="ana@replaced.example", **no, **ANYHOW),
        "by who replaced": doings.does("decisions", "replaced", reviewer="boss@replaced.example", **no, **ANYHOW),
        "extended": doings.does("extend", "extended", until=doings.later(days=7), **ANYHOW),
        "handed over": doings.does("reassign", "escalated", reviewer="boss@escalated.example", to="fay", **ANYHOW),
        "asked": doings.does("inquiries", "reminded", reviewer="ana@reminded.example", text="«Anew?»", **ANYHOW),
        "replied": doings.does("inquiries/0/reply", "reminded", text="«Anew.»", **ANYHOW),
        "withdrawn": doings.withdraw("left just now", reason="«too late»", **ANYHOW),
    }


def _nudge(doings: Doings, name: str) -> int:
    return doings.does("nudge", name, **ANYHOW)


def _submit_again(doings: Doings) -> str:
    """The same task token again. Gives the id that it has."""
    body = {"taskToken": f"token-{slug('fresh')}", "title": "«fresh»", "reviewers": ["ana@fresh.example"]}
    return doings.arrive(body)


def _ask_for_a_fresh_link(doings: Doings, known: Json, who: str) -> int:
    """By the form that stood on the page about the expired link before the upgrade, or by one of now."""
    old = known["old links"][who]
    if who in (screens.ANA, screens.ANA_LISTS):
        return doings.send(old["link"], "fresh", {**old["forms"]["fresh"], "sure": "true"})
    return screens.ask_for_a_fresh_link(doings, old["link"])


def _send(doings: Doings, known: Json, what: str, action: str, **fields: str) -> int:
    """Sends a form as it was rendered before the upgrade."""
    one = known["links"][what]
    return doings.send(one["link"], action, {**one["forms"][action], **fields})
