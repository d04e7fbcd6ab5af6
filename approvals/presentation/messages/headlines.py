"""Sentences with which a mail or a Slack message begins: what happened, and what the reader is asked to do."""

from typing import NamedTuple

from approvals.domain.model.messages.topics import EventName


class _Pair(NamedTuple):
    """The same for a person, who is asked, and for a channel."""

    person: str
    channel: str


_HEADLINES: dict[EventName, _Pair] = {
    "asked": _Pair("Your answer is needed", "An answer is needed"),
    "reminded": _Pair("Your answer is still needed", "An answer is still needed"),
    "escalated": _Pair("Now your answer is needed", "More people were asked"),
    "refreshed": _Pair("Your new link", "A new link"),
    "settled": _Pair("No answer is needed any more", "No answer is needed any more"),
    "informed": _Pair("No answer is needed from you", "No answer is needed"),
    "answered": _Pair("Somebody answered for you", "Somebody answered for a reviewer"),
    "inquired": _Pair("A question to you", "A question"),
    "unreached": _Pair("A reviewer could not be reached", "A reviewer could not be reached"),
    "replied": _Pair("Your question was answered", "A question was answered"),
    "digest": _Pair("Your answers are needed", "Answers are needed"),
}
OWN_REQUEST_HEADLINE = "You asked for this approval"
"""Of the mail that tells a requester the outcome."""
OUTCOMES_HEADLINE = "For your information"
"""Of a mail about several outcomes."""
_SHORT_LEADS: dict[EventName, _Pair] = {
    "asked": _Pair("Your answer is needed.", "An answer is needed."),
    "reminded": _Pair("Your answer is still needed: the workflow still waits.", "An answer is still needed."),
    "escalated": _Pair(
        "Now your answer is needed: those who were asked first have not answered in time.",
        "More people were asked: those who were asked first have not answered in time.",
    ),
    "refreshed": _Pair("You asked for a new link, here it is. The old one has expired.", "Here is a new link."),
    "settled": _Pair("No answer is needed any more.", "No answer is needed any more."),
    "informed": _Pair("Somebody else answers for you.", "Somebody else answers."),
    "answered": _Pair("Somebody answered for you.", "Somebody answered for a reviewer."),
    "replied": _Pair("Your question was answered: open the page to read the reply.", "A question was answered."),
}

_SHORT_LEAD_UNREACHED = _Pair(
    "Now your answer is needed: those who were asked first could not all be reached.",
    "More people were asked: those who were asked first could not all be reached.",
)
"""Of an escalation for people whom no message reaches."""


class Circumstances(NamedTuple):
    """What the lead of a mail depends on. A name is empty where there is none."""

    personal: bool
    """Whether the reader is a person, and not a channel."""
    requester: str = ""
    asker: str = ""
    replied_by: str = ""
    """The operator who replied in place of the requester."""
    in_place_of: str = ""
    why_not: str = ""
    replaces: bool = False
    """Whether those who were asked first are no longer asked."""
    unreached: str = ""
    """The sentences about reviewers who could not be reached."""
    answers: bool = False
    """Whether the reader's answer is still needed."""
    given: str = ""
    """The sentence about the answer that somebody gave for the reader."""
    may_change: bool = False
    """Whether the reader may still change it."""


def headline(event: EventName, *, personal: bool) -> str:
    """Return the line above the title of a mail."""
    words = _HEADLINES[event]
    return words.person if personal else words.channel


def short_lead(event: EventName, *, personal: bool, unreached: bool = False) -> str:
    """Return the sentence above a Slack message; `unreached` where messages do not reach everybody."""
    words = _SHORT_LEADS.get(event, _SHORT_LEADS["asked"])
    if event == "escalated" and unreached:
        words = _SHORT_LEAD_UNREACHED
    return words.person if personal else words.channel


def lead(event: EventName, given: Circumstances) -> str:
    """Return the first sentences of a mail; the mail about the outcome has none."""
    match event:
        case "asked":
            return _asked(given)
        case "reminded" if given.personal:
            return "The workflow still waits. You have been asked before and have not answered yet."
        case "reminded":
            return "The workflow still waits. Not enough people have answered yet."
        case "escalated":
            return _escalated(given)
        case "refreshed":
            return "You asked for a new link, here it is. Links expire after some time."
        case "informed" if given.why_not:
            return f"{given.why_not} You do not need to do anything. You will be notified of the outcome."
        case "informed":
            return "You do not need to do anything. You will be notified of the outcome."
        case "answered":
            return answered_lead(given.given or _SHORT_LEADS["answered"].person, may_change=given.may_change)
        case "inquired":
            return _inquired(given)
        case "unreached":
            return f"{given.unreached} Others are asked now, and the deadline does not change.".strip()
        case "replied":
            return _replied(given)
        case _:
            return ""


def answered_lead(given: str, *, may_change: bool) -> str:
    """Return the sentences that tell a reviewer what was answered for them, and how to object."""
    if may_change:
        return f"{given} If that is not your answer, open the page and change it: your own answer then takes its place."
    return f"{given} If that is not your answer, tell the operators of this gateway: it can no longer be changed here."


def subject(event: EventName, title: str, *, to_requester: bool, high_risk: bool) -> str:
    """Return the subject of a mail about one approval."""
    match event, to_requester, high_risk:
        case "informed", _, False:
            return f"No answer needed from you: {title}"
        case "informed", _, True:
            return f"No answer needed from you (high risk): {title}"
        case "unreached", _, _:
            return f"A reviewer could not be reached: {title}"
        case "settled", True, _:
            return f"Settled: {title}"
        case "answered", _, False:
            return f"Answered for you: {title}"
        case "answered", _, True:
            return f"Answered for you (high risk): {title}"
        case _, True, False:
            return f"Question about: {title}"
        case _, True, True:
            return f"Question about (high risk): {title}"
        case _, False, True:
            return f"Approval needed (high risk): {title}"
        case _:
            return f"Approval needed: {title}"


def _asked(given: Circumstances) -> str:
    match given.personal, given.requester:
        case True, "":
            sentence = "A workflow asks for your answer, and waits until there is one."
        case True, requester:
            sentence = f"{requester} asks for your answer, and the workflow waits until there is one."
        case False, "":
            sentence = "A workflow asks for an answer, and waits until there is one."
        case _, requester:
            sentence = f"{requester} asks for an answer, and the workflow waits until there is one."
    return f"{sentence} You are asked in place of {given.in_place_of}." if given.in_place_of else sentence


def _escalated(given: Circumstances) -> str:
    match bool(given.unreached), given.replaces, given.personal:
        case True, True, True:
            return "Those who were asked first could not all be reached, so you are asked instead."
        case True, True, False:
            return "Those who were asked first could not all be reached, so others are asked instead."
        case True, False, True:
            return "Those who were asked first could not all be reached, so you may answer as well."
        case True, False, False:
            return "Those who were asked first could not all be reached, so others may answer as well."
        case False, True, True:
            return "Those who were asked first have not answered in time, so you are asked instead."
        case False, True, False:
            return "Those who were asked first have not answered in time, so others are asked instead."
        case False, False, True:
            return "Those who were asked first have not answered in time, so you may answer as well."
        case _:
            return "Those who were asked first have not answered in time, so others may answer as well."


def _inquired(given: Circumstances) -> str:
    if given.asker:
        return (
            f"You asked for this approval, and {given.asker} wants to know more before they answer."
            " The deadline does not change."
        )
    return (
        "You asked for this approval, and a reviewer wants to know more before they answer."
        " The deadline does not change."
    )


def _replied(given: Circumstances) -> str:
    sentence = f"{given.replied_by or given.requester or 'The requester'} has replied to your question."
    return f"{sentence} Your answer is still needed." if given.answers else sentence
