"""The content of a digest, before it is written as text and as HTML. Outside text is harmless, as in every mail."""

from datetime import datetime

import msgspec

from approvals.adapters.mail.notice_view import LABEL_LENGTH
from approvals.domain.lifecycle.digest import Digest, DigestLine
from approvals.presentation.messages.counts import digest_subject, high_risk_sentence, left_out_sentence, waiting_title
from approvals.presentation.messages.headlines import headline
from approvals.presentation.moments import moment_for
from approvals.presentation.names import workflow_name
from approvals.presentation.spans import relative
from approvals.presentation.text import cut, plain


class DigestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One approval of the digest."""

    title: str
    high_risk: bool
    requester: str
    workflow: str
    deadline: str
    deadline_in: str


class DigestMail(msgspec.Struct, frozen=True, kw_only=True):
    """The names that the templates of a digest use."""

    title: str
    locale: str = "en"
    name: str
    count: int
    subject: str
    headline: str
    high_risk: int
    high_risk_sentence: str
    entries: list[DigestEntry]
    left_out: int
    left_out_sentence: str
    soonest: str
    link: str


def digest_mail(digest: Digest, *, link: str, now: datetime) -> DigestMail:
    soonest = min(line.approval.deadline for line in digest.lines)
    first = digest.lines[0]
    reader = first.approval.reviewers[first.reviewer]
    return DigestMail(
        title=waiting_title(digest.count),
        name=reader.name,
        count=digest.count,
        subject=digest_subject(digest.count, digest.high_risk),
        headline=headline("digest", personal=True),
        high_risk=digest.high_risk,
        high_risk_sentence=high_risk_sentence(digest.high_risk),
        entries=[_entry(line, now, reader.timezone) for line in digest.lines],
        left_out=digest.count - len(digest.lines),
        left_out_sentence=left_out_sentence(digest.count - len(digest.lines)),
        soonest=f"{moment_for(soonest, reader.timezone)}, {relative(soonest - now)}",
        link=link,
    )


def _entry(line: DigestLine, now: datetime, timezone: str | None) -> DigestEntry:
    content, deadline = line.approval.content, line.approval.deadline
    return DigestEntry(
        title=plain(content.title),
        high_risk=content.risk == "high",
        requester=cut(plain(content.requester or ""), LABEL_LENGTH),
        workflow=cut(plain(workflow_name(content) or ""), LABEL_LENGTH),
        deadline=moment_for(deadline, timezone),
        deadline_in=relative(deadline - now),
    )
