"""Events of SES about mails that it has sent: bounces, complaints and deliveries. Nothing is trusted.

One shape comes by SNS notifications of an identity (`notificationType`), by event publishing (`eventType`), and in the
detail of an EventBridge event. A mail of the gateway has one recipient, so the event is about that one.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from approvals.domain.model.messages.undelivered import MailReport

VALIDATED = "Successfully validated SNS topic for Amazon SES"
"""How the message begins that SES publishes when a topic is set up. It is not JSON."""
_OURS = ("5.3.", "5.5.", "5.6.", "5.7.")
"""Status codes that concern the mail or its sender, and not the recipient."""
_SUPPRESSED = {"Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"}
DIAGNOSIS_LENGTH = 160


class MailEvent(msgspec.Struct, frozen=True):
    """An event of SES. `report` is None for one that changes nothing, such as a bounce that may pass."""

    kind: str
    report: MailReport | None


def mail_event(told: Any) -> MailEvent | None:
    """Return the event, or None for a payload that is no event of SES."""
    match told:
        case {"mail": {"messageId": str(message_id), "destination": list(_), **mail}}:
            kind = told.get("eventType") or told.get("notificationType")
            if isinstance(kind, str):
                return MailEvent(kind[:40], _report(kind, told, message_id, _moment(mail.get("timestamp"))))
    return None


def _report(kind: str, told: Mapping[str, Any], message_id: str, sent_at: datetime) -> MailReport | None:
    match kind, told:
        case "Bounce", {"bounce": {"bounceType": "Permanent"}} if not _is_ours(bounce := told["bounce"]):
            return MailReport(receipt=message_id, kind="bounced", reason=_bounced(bounce), sent_at=sent_at)
        case "Complaint", {"complaint": dict(_)}:
            reason = "they reported a mail as unwanted"
            return MailReport(receipt=message_id, kind="complained", reason=reason, sent_at=sent_at)
        case "Delivery", {"delivery": dict(_)}:
            return MailReport(receipt=message_id, kind="delivered", reason="", sent_at=sent_at)
    return None


def _is_ours(bounce: Mapping[str, Any]) -> bool:
    return any(str(one.get("status", "")).startswith(_OURS) for one in _recipients(bounce))


def _bounced(bounce: Mapping[str, Any]) -> str:
    if bounce.get("bounceSubType") in _SUPPRESSED:
        return "SES sends nothing to this address: it is on a suppression list"
    said = next((str(one["diagnosticCode"]) for one in _recipients(bounce) if "diagnosticCode" in one), "")
    words = " ".join("".join(c if c.isprintable() else " " for c in said).split()).removeprefix("smtp; ")
    return f"the mail came back ({words[:DIAGNOSIS_LENGTH]})" if words else "the mail came back"


def _recipients(bounce: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = bounce.get("bouncedRecipients")
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _moment(text: Any) -> datetime:
    """Return when the mail was sent; long ago, if the event does not say it."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
