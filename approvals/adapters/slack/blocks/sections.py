"""The parts that messages, modals and the Home tab have in common. Keys that a submission calls sensitive are named
and never shown; what is long or nested too deep is left to the page."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.buttons import LINK
from approvals.adapters.slack.blocks.text import (
    DESCRIPTION_LENGTH,
    LABEL_LENGTH,
    NAME_LENGTH,
    TITLE_LENGTH,
    VALUE_LENGTH,
    inert,
    shortened,
    units,
)
from approvals.domain.model.approval import Approval, Decision, Status
from approvals.domain.model.submission import Content, Link
from approvals.domain.web_addresses import read_web_address
from approvals.presentation.deadlines import progress_sentence, timeout_sentence
from approvals.presentation.details import flat
from approvals.presentation.messages import slack as words
from approvals.presentation.messages.counts import (
    details_left_out_sentence,
    earlier_answers_sentence,
    links_left_out_sentence,
)
from approvals.presentation.messages.origins import origin_facts
from approvals.presentation.names import (
    Act,
    acted_for,
    by_whom,
    link_host,
    option_label,
    reviewer_name,
)
from approvals.presentation.outcomes import STATUS_LABELS

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block, TextObject

LINKS, DECISIONS, QUESTIONS, LINK_LENGTH, LINKS_LENGTH = 5, 5, 2, 800, 2000
_MARKS = {Status.APPROVED: ":white_check_mark:", Status.REJECTED: ":no_entry:"}
_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?#][!-~]*)?")
_UNQUOTED = "%/:?#[]@!$&'()*+,;=~"


def title(approval: Approval) -> "Iterator[Block]":
    """Return the title, repeated in full below a header that is too short for it: its end may matter."""
    text = approval.content.title
    yield kit.header(text)
    if units(inert(text, TITLE_LENGTH * 3)) > 150:
        yield kit.section(kit.text(text, TITLE_LENGTH * 2))


def risk(approval: Approval) -> "Iterator[Block]":
    if approval.content.risk == "high":
        more = f" {words.LOOK_CLOSELY}" if approval.pending else ""
        yield kit.section(kit.ours(f":warning: *{words.HIGH_RISK}*{more}"))


def description(content: Content) -> "Iterator[Block]":
    from approvals.presentation.markdown import bare

    if text := bare(content.description).strip():
        yield kit.section(kit.text(shortened(text, DESCRIPTION_LENGTH), lines=True))


def details(content: Content) -> "Iterator[Block]":
    """Return at most ten fields. Objects and lists of objects are left to the page, because they need many rows."""
    shown = {name: value for name, value in content.details.items() if name not in content.sensitive}
    simple = {name: value for name, value in shown.items() if not _nested(value)}
    first = dict(list(simple.items())[: kit.MOST_FIELDS])
    rows = [_field(label, value) for label, value in flat(first)]
    if rows:
        yield kit.fields(rows)
    left = len(shown) - len(rows)
    secret = [inert(name, LABEL_LENGTH) for name in content.sensitive]
    if left or secret:
        yield kit.context([kit.text(details_left_out_sentence(left, secret))])


def links(content: Content) -> "Iterator[Block]":
    """Return links with the full host next to each label: a button's label is cut where a look-alike would differ."""
    fitting: list[tuple[Link, str]] = []
    room = LINKS_LENGTH
    for link in content.links:
        url = address(link)
        if url and len(url) <= min(room, LINK_LENGTH) and len(fitting) < LINKS:
            fitting.append((link, url))
            room -= len(url)
    for n, (link, url) in enumerate(fitting):
        text = f"{inert(link.label, LABEL_LENGTH)}\n{link_host(link)}"
        yield kit.section(kit.text(text, lines=True), kit.button(words.OPEN_LINK, f"{LINK}{n}", url=url))
    left = len(content.links) - len(fitting)
    if left:
        yield kit.context([kit.text(links_left_out_sentence(left))])


def origin(content: Content) -> "Iterator[Block]":
    """Return the requester and the workflow."""
    requester = content.requester
    parts = [kit.text(words.asked_by(inert(requester, NAME_LENGTH)))] if requester else []
    parts += [kit.text(f"{label}: {inert(name, NAME_LENGTH)}") for label, name in origin_facts(content).items()]
    if parts:
        yield kit.context(parts)


def due(approval: Approval) -> "Iterator[Block]":
    """Return the deadline in the reader's time zone, what happens then, and the progress."""
    by = kit.ours(f"*{words.ANSWER_BY}*", approval.deadline)
    yield kit.context([by, kit.text(timeout_sentence(approval), 200)])
    yield kit.context([kit.text(progress_sentence(approval), 600)])


def decisions(approval: Approval) -> "Iterator[Block]":
    """Return the latest answers, each with its comment."""
    standing = list(approval.counted().values())
    earlier = len(standing) - DECISIONS
    if earlier > 0:
        yield kit.context([kit.text(earlier_answers_sentence(earlier))])
    for decision in standing[-DECISIONS:]:
        yield kit.context(_said(approval, decision))


def questions(approval: Approval) -> "Iterator[Block]":
    """Return the latest questions to the requester, and the replies."""
    asked = approval.actions.questions
    for question in asked[-QUESTIONS:]:
        name = shown_actor(approval, question)
        said = [kit.text(words.question_text(name, shortened(question.text, VALUE_LENGTH)), lines=True)]
        if question.reply:
            said.append(kit.text(words.reply_text(shortened(question.reply, VALUE_LENGTH)), lines=True))
        yield kit.context(said)
    if len(asked) > QUESTIONS:
        yield kit.context([kit.text(words.EARLIER_QUESTIONS)])


def outcome(approval: Approval) -> "Iterator[Block]":
    """Return how the approval settled, when, and whether the workflow goes on."""
    mark = _MARKS.get(approval.status, ":information_source:")
    yield kit.section(kit.ours(f"{mark} *{STATUS_LABELS[approval.status]}*", approval.settled_at))
    yield kit.section(kit.text(words.state_sentences(approval), 1500))


def address(link: Link) -> str | None:
    """Return a link as Slack takes it, its host in ASCII; None for one that is shown on the page only."""
    try:
        url = quote(read_web_address(link.url).text, safe=_UNQUOTED)
    except ValueError:
        return None
    return url if _ADDRESS.fullmatch(url) else None


def shown_option(approval: Approval, option_id: str) -> str:
    """Return an option's label as Slack shows it."""
    return inert(option_label(approval, option_id), LABEL_LENGTH)


def shown_actor(approval: Approval, act: Act) -> str:
    """Return whose answer, claim or question it is, and by whom; a long name does not push out the operator."""
    name, by = inert(reviewer_name(approval.reviewers[act.reviewer]), NAME_LENGTH), by_whom(act)
    return acted_for(name, inert(by, NAME_LENGTH) if by else "")


def _said(approval: Approval, decision: Decision) -> "list[TextObject]":
    name = shown_actor(approval, decision)
    option = shown_option(approval, decision.option)
    said: list[TextObject] = [kit.text(f"{name}: {option}"), kit.ours(words.ANSWERED, decision.at)]
    if decision.comment:
        said.append(kit.text(f"“{shortened(decision.comment, VALUE_LENGTH)}”", lines=True))
    return said


def _field(label: str, value: str) -> "TextObject":
    return kit.text(f"{inert(label, LABEL_LENGTH)}:\n{shortened(value, VALUE_LENGTH)}", lines=True)


def _nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return isinstance(value, dict) and bool(value)
