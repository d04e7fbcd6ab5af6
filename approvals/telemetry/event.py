"""The event: one thing that happened to an approval, for log lines, metrics and traces.

An event names ids, classes and counts. It never holds an address, a link, a task token or text that a person wrote.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

INLINE = "inline"
"""The policy of an approval whose policy came with its submission."""
Fact = str | int | float | bool


class Name(StrEnum):
    """The name of an event, with its documentation. What the audit trail notes has the same name there."""

    documentation: str
    message: str
    """Its first sentence, as a log line has it."""

    def __new__(cls, value: str, documentation: str) -> "Name":
        name = str.__new__(cls, value)
        name._value_, name.documentation = value, documentation
        sentence = documentation.partition(".")[0]
        name.message = sentence[0].lower() + sentence[1:]
        return name

    OPENED = "opened", "A submission opened an approval."
    ASKED = "asked", "Reviewers are to be asked: notices for a stage were queued."
    DECIDED = "decided", "A reviewer answered."
    PASSED = "passed", "The time of a stage was up, and the next one began."
    AGREED = "agreed", "Fewer answers were needed, and enough had agreed."
    SETTLED = "settled", "The approval has an outcome. `seconds` is the time since it was opened."
    APPROVED_BY_RULE = "approvedByRule", "A rule of the directory approved the submission."
    EXPIRED = "expired", "The deadline passed."
    CANCELLED = "cancelled", "The workflow no longer waits, or an operator cancelled the approval."
    WITHDRAWN = "withdrawn", "The requester withdrew the submission."
    SUPERSEDED = "superseded", "A later submission replaced the approval."
    CLAIMED = "claimed", "A reviewer said that they are looking at it."
    RELEASED = "released", "A reviewer said that they are no longer looking at it."
    EXTENDED = "extended", "The deadline was moved."
    HANDED_OVER = "handedOver", "A reviewer's seat was reassigned."
    RESEATED = "reseated", "The directory or an absence changed who may answer."
    REMINDED = "reminded", "A scheduled reminder was queued."
    NUDGED = "nudged", "A reminder was queued on request."
    ESCALATED = "escalated", "More reviewers were asked."
    INQUIRED = "inquired", "A reviewer asked the requester a question."
    REPLIED = "replied", "The requester replied to a question."
    LINK_REFRESHED = "link.refreshed", "A fresh link was queued."
    EXECUTION_REPORTED = "execution.reported", "An event reported the end of the execution."
    ADDRESS_FAILED = "address.failed", "An address of a reviewer takes no messages."
    REVIEWER_UNREACHABLE = "reviewer.unreachable", "No address of a reviewer takes messages."
    REVIEWER_REACHED = "reviewer.reached", "A reviewer was reached again."

    NOTICE_SENT = "notice.sent", "A notice was sent. `seconds` is the time since it was due."
    NOTICE_RETRYING = "notice.retrying", "An attempt to send a notice failed; another one follows."
    NOTICE_FAILED = "notice.failed", "A notice was given up."
    NOTICE_SENT_OTHERWISE = "notice.sentOtherwise", "A notice was sent to another address of the reviewer."
    COPY_RETRYING = "copy.retrying", "An attempt to update a message in Slack failed; another one follows."
    COPY_FAILED = "copy.failed", "A message in Slack can no longer be updated."
    CALLBACK_DELIVERED = "callback.delivered", "The workflow has the outcome. `seconds` is the time since it was due."
    CALLBACK_RETRYING = "callback.retrying", "An attempt to deliver the outcome failed; another one follows."
    CALLBACK_TOO_LATE = "callback.tooLate", "The workflow no longer waited for the outcome."
    CALLBACK_FAILED = "callback.failed", "The outcome does not reach the workflow: somebody must look."
    CALLBACK_UNCONFIRMED = "callback.unconfirmed", "The outcome was sent, and nobody knows whether it arrived."
    CALLBACK_REQUEUED = "callback.requeued", "An operator queued the outcome again."
    HEARTBEAT_SENT = "heartbeat.sent", "A heartbeat kept the workflow's state alive."
    HEARTBEAT_RETRYING = "heartbeat.retrying", "A heartbeat failed; another one follows."
    HEARTBEAT_REFUSED = "heartbeat.refused", "A heartbeat found that the state no longer waits."

    SUBMISSION_REFUSED = "submission.refused", "A submission was invalid, and no approval was opened."
    ANSWER_REFUSED = "answer.refused", "An answer was not accepted. `reason` is the kind of refusal."
    DATABASE_FAILED = "database.failed", "The database could not be used."
    KMS_FAILED = "kms.failed", "KMS did not seal or open a task token."
    ROW_UNREADABLE = "row.unreadable", "A row could not be read by this release."


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. Labels of metrics are bounded: `policy` is a directory's name or `inline`."""

    name: Name
    at: datetime
    approval_id: str = ""
    execution_arn: str = ""
    callback_id: str = ""
    policy: str = ""
    lane: str = ""
    channel: str = ""
    outcome: str = ""
    reason: str = ""
    """The class of a failure, never its text: denied, throttled, unreachable, refused, timeout, invalid, closed, …"""
    attempts: int = 0
    """The attempts that were made, with this one."""
    seconds: float | None = None
    facts: Mapping[str, Fact] = {}


Observe = Callable[[Event], None]
"""Take note of an event. It raises nothing and waits for nothing: it is called after a commit, on its thread."""


def ignore(event: Event) -> None:
    """Observe nothing."""


def policy_label(policy: str, policies: Callable[[], Container[str]]) -> str:
    """Return a policy's name if the directory has it, and otherwise `inline`. An event about no policy has none."""
    return policy if policy in ("", INLINE) or policy in policies() else INLINE


def observed_by(observers: Sequence[Observe], *, policies: Callable[[], Container[str]]) -> Observe:
    """Return a function that passes each event to all observers, in order.

    `policies` are the names in the directory: a submission may name its own policy as it likes.
    """

    def observe(event: Event) -> None:
        if event.policy != (bounded := policy_label(event.policy, policies)):
            event = replace(event, policy=bounded)
        for one in observers:
            one(event)

    return observe
