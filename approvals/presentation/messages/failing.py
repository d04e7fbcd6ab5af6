"""Sentences about messages that fail and are tried again."""

from collections.abc import Iterator

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.failing import Failing, FailingGroup, FailingMessage
from approvals.domain.model.messages.outgoing import Lane
from approvals.domain.model.messages.results import ReasonClass
from approvals.presentation.lists import counted
from approvals.presentation.moments import moment_for
from approvals.presentation.names import channel_name, reviewer_name
from approvals.presentation.text import cut, plain

REASON_LENGTH = 300
NOT_REACHED = "We cannot reach the workflow yet; the people who run this have been notified."
"""For people who answered: they can do nothing about it, and need not reload the page for ever."""
FIXES: dict[ReasonClass, str] = {
    "denied": "give the permission or the credentials; it is tried every 5 minutes, `approvals redeliver` does it now",
    "throttled": "wait; if it lasts, ask for a higher quota",
    "unreachable": "check the network between this machine and the service, and whether the service is up",
    "refused": "look up the reason at the service; `approvals show` has all of it",
    "timeout": "check the network between this machine and the service, and whether the service is up",
    "invalid": "correct the setting that the reason names",
    "closed": "nothing is to be done: the workflow no longer waits",
    "unreadable": "run the release that wrote it everywhere, or restore the key that sealed it",
    "other": "look for it in the gateway's log",
}
"""What an operator can do, by the class of the reason."""
_WAYS: dict[str, str] = {"mail": "mail", "slack": "Slack message"}
_LANES: dict[Lane, tuple[str, str]] = {"callback": ("callback", "callbacks"), "notice": ("message", "messages")}


def failing_sentences(approval: Approval, failing: Failing, *, timezone: str = "UTC") -> Iterator[str]:
    """Yield a sentence for each failing message, and one for those that are left out."""
    for one in failing.messages:
        yield f"{_subject(approval, one)}: {reason_of(one)}. {attempts_sentence(one, timezone=timezone)}"
    more = failing.count - len(failing.messages)
    if more == 1:
        yield "1 more message fails."
    elif more > 1:
        yield f"{more} more messages fail."


def reason_of(one: FailingMessage | FailingGroup) -> str:
    """Return the reason on one line, without a full stop."""
    return cut(plain(one.reason), REASON_LENGTH).rstrip(".") or "no reason is known"


def attempts_sentence(one: FailingMessage | FailingGroup, *, timezone: str = "UTC") -> str:
    """“3 attempts since Mon 2 Mar 2026, 09:30 UTC; the next one on Mon 2 Mar 2026, 09:35 UTC.”"""
    attempts = counted(one.attempts, "attempt") if one.attempts else "No attempt"
    since, next_one = moment_for(one.since, timezone), moment_for(one.next_attempt, timezone)
    return f"{attempts} since {since}; the next one on {next_one}."


def recipient_of(approval: Approval, one: FailingMessage) -> str:
    """Return the id of the reviewer, “requester”, or the address of a channel; nothing for callbacks."""
    reviewer = approval.addressee(one.audience) if one.audience else None
    if reviewer:
        return reviewer.id
    return "requester" if isinstance(one.audience, ForRequester) else one.to


def group_sentence(group: FailingGroup) -> str:
    """“2 callbacks fail (denied; the oldest is of approval 1a1f…): no permission. 3 attempts since …”"""
    one, many = _LANES[group.lane]
    fails = f"1 {one} fails" if group.count == 1 else f"{group.count:,} {many} fail"
    oldest = f"approval {group.approval_id}" if group.count == 1 else f"the oldest is of approval {group.approval_id}"
    return f"{fails} ({group.kind}; {oldest}): {reason_of(group)}. {attempts_sentence(group)}"


def _subject(approval: Approval, one: FailingMessage) -> str:
    match one.what:
        case "callback":
            return "The workflow could not be notified yet"
        case "heartbeat":
            return "The heartbeat of the waiting state fails"
        case "copy":
            return f"A {_WAYS.get(one.channel, 'message')} that shows this approval could not be updated yet"
        case "notice":
            what = f" (“{one.topic}”)" if one.topic else ""
            return f"A {_WAYS.get(one.channel, 'message')} to {_name(approval, one)}{what} could not be sent yet"


def _name(approval: Approval, one: FailingMessage) -> str:
    reviewer = approval.addressee(one.audience) if one.audience else None
    if reviewer:
        return reviewer_name(reviewer)
    if isinstance(one.audience, ForRequester):
        return "the requester"
    return plain(channel_name(f"{one.channel}:{one.to}"))
