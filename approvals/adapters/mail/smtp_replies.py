"""The replies of mail servers: retried or given up, and whether the recipient's own address is the cause.

A reply of class 5 is permanent. Whether it concerns the recipient alone follows from its enhanced status code (RFC
3463), or without one from the reply code to RCPT TO. A reply about us, as of a closed relay or a policy, never does.
"""

import re
import smtplib
from datetime import timedelta

from approvals.domain.model.messages.results import GivenUp, Result, TryAgain

SLOWLY = timedelta(minutes=5)
_ENHANCED = re.compile(rb"\A\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
_SENDERS = {("1", "7"), ("1", "8")}
"""Status codes about the sender's address, among those about addresses."""
_NOT_ASCII = ("6", "7")
_ADDRESS_OR_MAILBOX, _ROUTE = {"1", "2"}, "4"
"""The subjects of status codes that concern the recipient. Only a reply to RCPT TO names the route to their host."""
_WITHOUT_STATUS = {450, 452, 550, 551, 552, 553, 556}
"""The reply codes to RCPT TO that speak of the mailbox (RFC 5321, RFC 7504)."""
_CONNECTION = {421, 530, 535}
"""The reply codes about the connection and the login."""
_RELAY = re.compile(rb"\brelay", re.IGNORECASE)


def refused(error: Exception) -> Result:
    """Return the result of a refused mail. After a lost response the mail may have been accepted."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code, text = next(iter(recipients.values()), (550, b""))
            theirs = concerns_recipient(code, text, to_rcpt=True)
            return _by_code(code, "the mail server refuses the recipient", theirs=theirs)
        case smtplib.SMTPSenderRefused(smtp_code=code) if code >= 500:
            reason = f"the mail server refuses our sender ({code}): allow it there, or change it"
            return TryAgain(reason, after=SLOWLY, kind="denied")
        case smtplib.SMTPSenderRefused(smtp_code=code):
            return _by_code(code, "the mail server refuses the mail", theirs=False)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            theirs = concerns_recipient(code, text, to_rcpt=False)
            return _by_code(code, "the mail server refuses the mail", theirs=theirs)
        case smtplib.SMTPNotSupportedError():
            return GivenUp("the mail server takes no addresses beyond ASCII", recipient=True, kind="invalid")
        case _:
            return TryAgain(f"the mail server did not answer ({type(error).__name__})", ambiguous=True, kind="timeout")


def concerns_recipient(code: int, text: bytes | str, *, to_rcpt: bool) -> bool:
    """Return whether a reply, to RCPT TO or to the mail itself, concerns this recipient only."""
    words = text.encode(errors="replace") if isinstance(text, str) else text
    if _RELAY.search(words) or code in _CONNECTION:
        return False
    found = _ENHANCED.match(words)
    if found is None:
        return to_rcpt and code in _WITHOUT_STATUS
    subject, detail = (part.decode() for part in found.groups())
    if (subject, detail) in (*_SENDERS, _NOT_ASCII):
        return (subject, detail) == _NOT_ASCII
    return subject in _ADDRESS_OR_MAILBOX or (to_rcpt and subject == _ROUTE)


def _by_code(code: int, what: str, *, theirs: bool) -> Result:
    if code >= 500:
        return GivenUp(f"{what} ({code})", recipient=theirs, kind="denied" if code in _CONNECTION else "refused")
    return TryAgain(f"{what} for now ({code})", recipient=theirs, kind="refused")
