"""The content of digests, before they are written as text and as HTML. Outside text is harmless, as in every mail."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from approvals.adapters.mail.notice_view import LABEL_LENGTH, fitting
from approvals.domain.lifecycle.digest import MOST_LINES, Digest, DigestLine, OutcomeDigest, OutcomeLine
from approvals.presentation.messages.counts import (
    digest_subject,
    high_risk_sentence,
    left_out_sentence,
    outcomes_left_out_sentence,
    settled_title,
    statuses_sentence,
    waiting_title,
)
from approvals.presentation.messages.headlines import OUTCOMES_HEADLINE, headline
from approvals.presentation.messages.mail import digest_preview, due_text, footer_sentence
from approvals.presentation.messages.origins import origin_html
from approvals.presentation.moments import moment_for
from approvals.presentation.names import reviewer_name, workflow_name
from approvals.presentation.outcomes import callback_sentence, outcome_sentence
from approvals.presentation.spans import relative
from approvals.presentation.text import cut, plain

OUTCOMES = (MOST_LINES, 45_000)
"""The most outcomes of a mail, and the characters of their text: Gmail hides the part of a mail beyond 102 kB."""
MOST_COMMENTS = 3


class DigestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One approval of the digest."""

    title: str
    high_risk: bool
    requester: str
    workflow: str
    origin: Markup
    """The requester and the workflow in a sentence."""
    deadline: str
    deadline_in: str
    due: str
    """The deadline with the time that is left."""


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
    preview: str
    footer: str
    link: str


class Comment(NamedTuple):
    who: str
    comment: str


class OutcomeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One approval of the mail about several outcomes."""

    title: str
    outcome: str
    callback: str
    comments: list[Comment]
    link: str


class OutcomesMail(msgspec.Struct, frozen=True, kw_only=True):
    """The names that the templates of several outcomes use."""

    title: str
    locale: str = "en"
    subject: str
    headline: str
    high_risk: bool = False
    summary: str
    entries: list[OutcomeEntry]
    left_out_sentence: str


def outcomes_mail(digest: OutcomeDigest) -> OutcomesMail:
    entries = [_outcome(line) for line in digest.lines]
    shown = entries[: fitting([_texts(entry) for entry in entries], OUTCOMES)]
    left_out = digest.count - len(shown)
    return OutcomesMail(
        title=settled_title(digest.count),
        subject=settled_title(digest.count),
        headline=OUTCOMES_HEADLINE,
        summary=statuses_sentence(digest.by_status),
        entries=shown,
        left_out_sentence=outcomes_left_out_sentence(left_out) if left_out else "",
    )


def _outcome(line: OutcomeLine) -> OutcomeEntry:
    approval = line.approval
    said = [
        Comment(reviewer_name(approval.reviewers[d.reviewer]), cut(plain(d.comment, lines=True), LABEL_LENGTH))
        for d in approval.counted().values() if d.comment
    ]  # fmt: skip
    return OutcomeEntry(
        title=plain(approval.content.title),
        outcome=outcome_sentence(approval),
        callback=callback_sentence(approval),
        comments=said[-MOST_COMMENTS:],
        link=line.link,
    )


def _texts(entry: OutcomeEntry) -> tuple[str, ...]:
    comments = (part for comment in entry.comments for part in comment)
    return (entry.title, entry.outcome, entry.callback, entry.link, *comments)


def digest_mail(digest: Digest, *, link: str, now: datetime) -> DigestMail:
    soonest = min(line.approval.deadline for line in digest.lines)
    first = digest.lines[0]
    reader = first.approval.reviewers[first.reviewer]
    due = due_text(soonest, now=now, timezone=reader.timezone)
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
        soonest=due,
        preview=digest_preview(due, digest.high_risk),
        footer=footer_sentence("answers"),
        link=link,
    )


def _entry(line: DigestLine, now: datetime, timezone: str | None) -> DigestEntry:
    content, deadline = line.approval.content, line.approval.deadline
    requester = cut(plain(content.requester or ""), LABEL_LENGTH)
    workflow = cut(plain(workflow_name(content) or ""), LABEL_LENGTH)
    return DigestEntry(
        title=plain(content.title),
        high_risk=content.risk == "high",
        requester=requester,
        workflow=workflow,
        origin=origin_html(requester, workflow) if requester or workflow else Markup(),
        due=due_text(deadline, now=now, timezone=timezone),
        deadline=moment_for(deadline, timezone),
        deadline_in=relative(deadline - now),
    )
