"""The instruments: every metric that there is, with its labels, its help, and the events that feed it.

docs/reference/metrics.md shows this table. Labels take few values, and never those of one approval or one person.
"""

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from approvals.domain.model.approval import Status
from approvals.domain.model.messages.outgoing import LANES
from approvals.domain.model.messages.results import ReasonClass
from approvals.telemetry.event import Event, Name

Kind = Literal["counter", "histogram", "gauge"]
OTHER = "other"
RUBBER_STAMP_SECONDS = 3


class Label(msgspec.Struct, frozen=True):
    """A label and all its values; any other value becomes `other`. `policy` alone takes the names of policies."""

    name: str
    values: tuple[str, ...] = ()


def _once(_event: Event) -> float:
    return 1.0


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One metric. A label of an event has the name of its field; `value` returns None for an event that does not count.

    `emf` is its name in CloudWatch, and `emf_by` the sets of labels that are its dimensions there; without a name it
    is not written to CloudWatch.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[Label, ...] = ()
    unit: Literal["", "seconds"] = ""
    buckets: tuple[float, ...] = ()
    events: tuple[Name, ...] = ()
    value: Callable[[Event], float | None] = _once
    emf: str = ""
    emf_by: tuple[tuple[str, ...], ...] = ((),)


OUTCOME = Label("outcome", tuple(str(status) for status in Status if status is not Status.PENDING))
LANE = Label("lane", LANES)
REASON = Label("reason", get_args(ReasonClass))
CHANNEL = Label("channel", ("mail", "slack", "stepfunctions"))
VIA = Label("channel", ("link", "slack", "api", "command"))
POLICY = Label("policy")
ROUTE = Label("route", ("api", "page", "slack", "sns", "health", "static"))
CLASS = Label("status", ("1xx", "2xx", "3xx", "4xx", "5xx"))
RESULT = Label("result", ("delivered", "tooLate", "failed", "unconfirmed"))
HOURS = (10.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 259_200.0, 604_800.0)
"""From seconds to a week, in which people answer."""
MOMENTS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""From tenths of a second to an hour, in which messages leave."""


def _seconds(event: Event) -> float | None:
    return event.seconds


def _until_decided(event: Event) -> float | None:
    """Return the age of an approval that people decided; a rule decides at once, and deadlines and operators do not."""
    return (event.seconds or None) if event.outcome in ("approved", "rejected") else None


def _on_page(event: Event) -> float | None:
    found = event.facts.get("secondsOnPage")
    return float(found) if isinstance(found, int | float) else None


def _until_viewed(event: Event) -> float | None:
    """Return the age of the approval when the page was opened on which its first answer was given."""
    on_page = _on_page(event)
    if on_page is None or event.seconds is None or event.facts.get("first") is not True:
        return None
    return max(0.0, event.seconds - on_page)


def _rubber_stamp(event: Event) -> float | None:
    on_page = _on_page(event)
    return 1.0 if on_page is not None and on_page < RUBBER_STAMP_SECONDS else None


OPENED = Instrument(
    name="approvals_opened_total", kind="counter", events=(Name.OPENED,), emf="ApprovalsOpened",
    help="Approvals that were opened",
)  # fmt: skip
SETTLED = Instrument(
    name="approvals_settled_total", kind="counter", labels=(OUTCOME,), events=(Name.SETTLED,),
    emf="ApprovalsSettled", emf_by=(("outcome",),), help="Approvals that have an outcome",
)  # fmt: skip
DECISIONS = Instrument(
    name="approvals_decisions_total", kind="counter", labels=(VIA,), events=(Name.DECIDED,), emf="Decisions",
    help="Answers of reviewers, by the way they came",
)  # fmt: skip
RUBBER_STAMPS = Instrument(
    name="approvals_rubber_stamps_total", kind="counter", events=(Name.DECIDED,), value=_rubber_stamp,
    emf="RubberStamps", help="Answers within three seconds of opening the page",
)  # fmt: skip
PAGE_ANSWERS = Instrument(
    name="approvals_page_answer_seconds", kind="histogram", unit="seconds", buckets=(1, 3, 10, 30, 60, 300, 1800, 7200),
    events=(Name.DECIDED,), value=_on_page, emf="PageToAnswer",
    help="Time from opening the page to answering on it; its count is the base of the share of rubber stamps",
)  # fmt: skip
FIRST_VIEW = Instrument(
    name="approvals_first_view_seconds", kind="histogram", unit="seconds", buckets=HOURS, events=(Name.DECIDED,),
    value=_until_viewed, emf="TimeToFirstView",
    help="Time from opening an approval to opening the page on which its first answer was given",
)  # fmt: skip
DECISION_TIME = Instrument(
    name="approvals_decision_seconds", kind="histogram", unit="seconds", labels=(POLICY,), buckets=HOURS,
    events=(Name.SETTLED,), value=_until_decided, emf="TimeToDecision", emf_by=((), ("policy",)),
    help="Time from opening an approval to the answer that approved or rejected it, by policy",
)  # fmt: skip
ESCALATIONS = Instrument(
    name="approvals_escalations_total", kind="counter", events=(Name.ESCALATED,), emf="Escalations",
    help="Escalations to more reviewers",
)  # fmt: skip
REMINDERS = Instrument(
    name="approvals_reminders_total", kind="counter", events=(Name.REMINDED, Name.NUDGED), emf="Reminders",
    help="Reminders, scheduled or requested",
)  # fmt: skip
UNREACHABLE = Instrument(
    name="approvals_reviewers_unreachable_total", kind="counter", events=(Name.REVIEWER_UNREACHABLE,),
    emf="ReviewersUnreachable", help="Reviewers of whom no address takes messages",
)  # fmt: skip
REFUSED = Instrument(
    name="approvals_submissions_refused_total", kind="counter", events=(Name.SUBMISSION_REFUSED,),
    emf="SubmissionsRefused", help="Submissions that were invalid",
)  # fmt: skip
ANSWERS_REFUSED = Instrument(
    name="approvals_answers_refused_total", kind="counter", events=(Name.ANSWER_REFUSED,), emf="AnswersRefused",
    help="Answers that were not accepted",
)  # fmt: skip
DELIVERED = Instrument(
    name="approvals_callbacks_delivered_total", kind="counter", events=(Name.CALLBACK_DELIVERED,),
    emf="CallbacksDelivered", help="Outcomes that arrived at their workflows",
)  # fmt: skip
TOO_LATE = Instrument(
    name="approvals_callbacks_too_late_total", kind="counter", events=(Name.CALLBACK_TOO_LATE,),
    emf="CallbacksTooLate", help="Outcomes whose workflow no longer waited",
)  # fmt: skip
FAILED = Instrument(
    name="approvals_callbacks_failed_total", kind="counter", events=(Name.CALLBACK_FAILED,), emf="CallbacksFailed",
    help="Outcomes that were given up",
)  # fmt: skip
UNCONFIRMED = Instrument(
    name="approvals_callbacks_unconfirmed_total", kind="counter", events=(Name.CALLBACK_UNCONFIRMED,),
    emf="CallbacksUnconfirmed", help="Outcomes of which nobody knows whether they arrived",
)  # fmt: skip
CALLBACK_TIME = Instrument(
    name="approvals_callback_seconds", kind="histogram", unit="seconds", buckets=MOMENTS, value=_seconds,
    events=(Name.CALLBACK_DELIVERED,), emf="CallbackTime", help="Time until an outcome arrived at its workflow",
)  # fmt: skip
NOTICE_TIME = Instrument(
    name="approvals_notice_seconds", kind="histogram", unit="seconds", labels=(CHANNEL,), buckets=MOMENTS,
    value=_seconds, events=(Name.NOTICE_SENT,), help="Time until a notice was sent, by channel",
)  # fmt: skip
ATTEMPTS_FAILED = Instrument(
    name="approvals_attempts_failed_total", kind="counter", labels=(LANE, REASON),
    events=(
        Name.CALLBACK_RETRYING, Name.CALLBACK_FAILED, Name.CALLBACK_UNCONFIRMED, Name.HEARTBEAT_RETRYING,
        Name.NOTICE_RETRYING, Name.NOTICE_FAILED, Name.COPY_RETRYING, Name.COPY_FAILED,
    ),
    emf="AttemptsFailed", emf_by=(("lane",), ("lane", "reason")),
    help="Attempts to deliver a message that failed, by the class of the reason",
)  # fmt: skip
NOTICES_FAILED = Instrument(
    name="approvals_notices_failed_total", kind="counter", labels=(CHANNEL,), events=(Name.NOTICE_FAILED,),
    emf="NoticesFailed", help="Notices that were given up",
)  # fmt: skip
HEARTBEATS_SENT = Instrument(
    name="approvals_heartbeats_sent_total", kind="counter", events=(Name.HEARTBEAT_SENT,), emf="HeartbeatsSent",
    help="Heartbeats that kept a state alive",
)  # fmt: skip
HEARTBEATS_FAILED = Instrument(
    name="approvals_heartbeats_failed_total", kind="counter", labels=(REASON,), events=(Name.HEARTBEAT_RETRYING,),
    emf="HeartbeatsFailed", help="Heartbeats that failed and are repeated",
)  # fmt: skip
ROWS_UNREADABLE = Instrument(
    name="approvals_rows_unreadable_total", kind="counter", events=(Name.ROW_UNREADABLE,), emf="RowsUnreadable",
    help="Rows that this release cannot read",
)  # fmt: skip
DATABASE_ERRORS = Instrument(
    name="approvals_database_errors_total", kind="counter", events=(Name.DATABASE_FAILED,), emf="DatabaseErrors",
    help="Transactions and reads that failed because the database could not be used",
)  # fmt: skip
KMS_ERRORS = Instrument(
    name="approvals_kms_errors_total", kind="counter", events=(Name.KMS_FAILED,), emf="KmsErrors",
    help="Calls of KMS that failed",
)  # fmt: skip
HTTP_REQUESTS = Instrument(
    name="approvals_http_requests_total", kind="counter", labels=(ROUTE, CLASS),
    help="Answered requests, by the class of the route and of the status",
)  # fmt: skip
HTTP_ERRORS = Instrument(
    name="approvals_http_server_errors_total", kind="counter", labels=(ROUTE,), emf="HttpServerErrors",
    help="Requests answered with a status of 500 and above, by the class of the route",
)  # fmt: skip
LAST_SWEEP = Instrument(
    name="approvals_last_sweep_timestamp_seconds", kind="gauge", unit="seconds",
    help="Time of the last sweep that ended without an error, of any process",
)  # fmt: skip
PENDING = Instrument(
    name="approvals_pending", kind="gauge", emf="Pending", help="Approvals that wait, counted up to 100,000"
)  # fmt: skip
OVERDUE = Instrument(
    name="approvals_overdue", kind="gauge", emf="Overdue", help="Pending approvals whose deadline is over, up to 10,000"
)  # fmt: skip
UNDELIVERED = Instrument(
    name="approvals_callbacks_undelivered", kind="gauge", labels=(Label("state", ("failed", "unconfirmed")),),
    emf="CallbacksUndelivered", emf_by=(("state",),), help="Outcomes now that somebody must look at, by their state",
)  # fmt: skip
OLDEST_MESSAGE = Instrument(
    name="approvals_oldest_message_seconds", kind="gauge", unit="seconds", labels=(LANE,), emf="OldestMessage",
    emf_by=((), ("lane",)), help="Time for which the oldest undelivered message has waited in vain, by lane",
)  # fmt: skip
SWEEP_LAG = Instrument(
    name="approvals_sweep_lag_seconds", kind="gauge", unit="seconds", emf="SweepLag",
    help="Age of the oldest reminder, escalation or deadline that is due",
)  # fmt: skip
DATABASE_UP = Instrument(
    name="approvals_database_up", kind="gauge", help="Whether the gauges could be read from the database"
)  # fmt: skip
BUILD_INFO = Instrument(
    name="approvals_build_info", kind="gauge", labels=(Label("version"), Label("python")),
    help="1, with the version of the gateway and of Python",
)  # fmt: skip

INSTRUMENTS: tuple[Instrument, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Instrument))
BY_NAME = {one.name: one for one in INSTRUMENTS}
BY_EVENT = {name: tuple(one for one in INSTRUMENTS if name in one.events) for name in Name}
