"""The content of a mail, before it is written as text and as HTML.

All text from outside is plain, on one line or several, and shortened. The link is the only secret; values that a
submission marks as sensitive are left out.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

import msgspec
from markupsafe import Markup, escape

from approvals.adapters.mail.action_view import actions
from approvals.adapters.mail.notice_words import asked_instead, first_words, is_outcome_to_requester, labels
from approvals.domain.model.approval import Approval, Decision, Reviewer
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Asked, Escalated, QuestionAsked, Topic
from approvals.domain.model.submission import Content
from approvals.presentation.deadlines import progress_sentence, timeout_sentence
from approvals.presentation.details import flat
from approvals.presentation.lists import listed
from approvals.presentation.markdown import markdown
from approvals.presentation.messages import notes
from approvals.presentation.messages.counts import left_out_sentence
from approvals.presentation.messages.mail import (
    OWN_LINK,
    due_text,
)
from approvals.presentation.messages.origins import ASKED_BY, origin_facts
from approvals.presentation.moments import moment_for
from approvals.presentation.names import (
    actor_name,
    link_host,
    option_label,
)
from approvals.presentation.outcomes import callback_sentence, outcome_sentence
from approvals.presentation.spans import relative
from approvals.presentation.text import cut, plain

VALUE_LENGTH, LABEL_LENGTH, DESCRIPTION_LENGTH = 300, 120, 3000
ROWS, LINKS, DECISIONS = (40, 16_000), (20, 8_000), (10, 8_000)
"""The largest number, and the characters of HTML in all: Gmail hides the part of a mail beyond 102 kB."""


class DetailRow(NamedTuple):
    label: str
    text: str


class SubmittedLink(NamedTuple):
    """A link of the submission, with the host that it leads to."""

    label: str
    url: str
    host: str


class ReviewerAnswer(NamedTuple):
    """One reviewer's latest decision."""

    who: str
    option: str
    side: str
    at: str
    comment: str


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """The names that the templates of a mail use."""

    follows: bool
    locale: str
    title: str
    high_risk: bool
    requester: str
    link: str | None
    personal: bool
    instead: bool
    facts: list[DetailRow]
    deadline: str
    deadline_in: str
    due_label: str
    due: str
    """The deadline with the time that is left."""
    progress: str
    timeout: str
    description: str
    description_html: Markup
    description_is_cut: bool
    details: list[DetailRow]
    details_left_out: str
    elsewhere: list[str]
    links: list[SubmittedLink]
    links_left_out: str
    options: str
    decisions: list[ReviewerAnswer]
    subject: str
    headline: str
    """The line above the title."""
    lead: str
    """The first sentences: why the mail comes."""
    status: str
    outcome: str
    callback: str
    why_not: str
    """Why this reviewer is not asked, and who answers in their place."""
    in_place_of: str
    """The people for whom this reviewer answers."""
    asking: bool
    """Return whether the mail is for the requester."""
    button: str
    """What the link is for."""
    link_label: str
    """The same, also for a link of a channel."""
    answers: bool
    """Whether the reader's answer is needed."""
    quiet_button: bool
    """Whether the button is for information only."""
    high_risk_sentence: str
    preview: str
    decisions_title: str
    footer: str
    asker: str
    question_label: str
    question: str
    reply: str


def mail(notice: Notice, approval: Approval, *, link: str | None, now: datetime, timezone: str | None = None) -> Mail:
    """Return what the mail says. `timezone` is that of a reader who is no reviewer."""
    content = approval.content
    description = cut(plain(content.description, lines=True), DESCRIPTION_LENGTH)
    rows, links = _rows(content), _links(content)
    reader = approval.addressee(notice.audience)
    timezone = reader.timezone if reader else timezone
    about, due = actions(notice, approval), due_text(approval.deadline, now=now, timezone=timezone)
    answers = about["button"] == notes.REVIEW
    return Mail(
        follows=first_topic(notice, approval) != notice.about and not is_outcome_to_requester(notice),
        locale=content.locale,
        title=plain(content.title),
        high_risk=content.risk == "high",
        requester=plain(content.requester or ""),
        link=link,
        link_label=OWN_LINK if isinstance(notice.audience, ForChannel) else about["button"],
        personal=not isinstance(notice.audience, ForChannel),
        instead=asked_instead(notice, approval),
        facts=_facts(content),
        deadline=moment_for(approval.deadline, timezone),
        deadline_in=relative(approval.deadline - now),
        progress=progress_sentence(approval),
        timeout=timeout_sentence(approval),
        description=description,
        description_html=markdown(description),
        description_is_cut=len(content.description) > DESCRIPTION_LENGTH,
        details=rows[: fitting(rows, ROWS)],
        details_left_out=left_out_sentence(len(rows) - fitting(rows, ROWS)),
        elsewhere=[cut(plain(name), LABEL_LENGTH) for name in content.sensitive],
        links=links[: fitting(links, LINKS)],
        links_left_out=left_out_sentence(len(links) - fitting(links, LINKS)),
        options=listed([plain(option.label) for option in content.options], cut=99, word="or"),
        decisions=_decisions(approval, timezone),
        status=str(approval.status),
        outcome=outcome_sentence(approval),
        callback=callback_sentence(approval),
        asking=isinstance(notice.audience, ForRequester),
        answers=answers,
        quiet_button=about["button"] == notes.PROGRESS,
        **first_words(notice, approval, about),
        **labels(notice, approval, link=link, due=due, answers=answers),
        **about,
    )


def first_topic(notice: Notice, approval: Approval) -> Topic:
    """Return the topic of the first mail about the approval to this reviewer or address."""
    match notice.audience:
        case ForReviewer(number):
            return _first_to(approval.reviewers[number])
        case ForRequester():
            return QuestionAsked(0) if approval.actions.questions else notice.about
        case ForChannel():
            return Asked(_first_stage_of(notice, approval))


def _first_to(reviewer: Reviewer) -> Topic:
    stage = min((seat[0] for seat in reviewer.seats), default=0)
    steps = [step for joined, step in reviewer.joins if joined == stage]
    return Escalated(stage, min(steps)) if steps else Asked(stage)


def _first_stage_of(notice: Notice, approval: Approval) -> int:
    reference = f"{notice.channel}:{notice.to}"
    return next((n for n, stage in enumerate(approval.policy.stages) if reference in stage.notify), 0)


def _facts(content: Content) -> list[DetailRow]:
    known = {**({ASKED_BY: content.requester} if content.requester else {}), **origin_facts(content)}
    return [DetailRow(label, cut(plain(text), VALUE_LENGTH)) for label, text in known.items()]


def _rows(content: Content) -> list[DetailRow]:
    shown = {name: value for name, value in content.details.items() if name not in content.sensitive}
    return [DetailRow(cut(label, LABEL_LENGTH), cut(text, VALUE_LENGTH)) for label, text in flat(shown)]


def _links(content: Content) -> list[SubmittedLink]:
    return [
        SubmittedLink(plain(each.label), plain(each.url), cut(link_host(each), LABEL_LENGTH))
        for each in content.links
        if link_host(each)  # rows of earlier versions hold addresses that are refused now
    ]


def fitting(items: Sequence[tuple[str, ...]], limit: tuple[int, int]) -> int:
    """Return how many of them, counted from the first, are within the limit."""
    sizes = accumulate(sum(len(escape(part)) for part in item) for item in items[: limit[0]])
    return sum(size <= limit[1] for size in sizes)


def _decisions(approval: Approval, timezone: str | None) -> list[ReviewerAnswer]:
    """Return the latest decisions, as many as fit."""
    said = [_said(approval, decision, timezone) for decision in reversed(approval.counted().values())]
    return said[: fitting(said, DECISIONS)][::-1]


def _said(approval: Approval, decision: Decision, timezone: str | None) -> ReviewerAnswer:
    return ReviewerAnswer(
        who=actor_name(approval, decision),
        option=option_label(approval, decision.option),
        side=decision.side,
        at=moment_for(decision.at, timezone),
        comment=cut(plain(decision.comment, lines=True), VALUE_LENGTH),
    )
