"""The inbox as values for its templates: pure, from the approvals that wait for one person.

Approvals can be answered together only if they have the same options, need no more than a choice, and are not at high
risk."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from approvals.domain.lifecycle.decide import COMMENT_LENGTH, comment_required
from approvals.domain.lifecycle.digest import DigestLine, urgency
from approvals.domain.model.approval import Answer, Approval, Reviewer
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.policy import stronger_than_link
from approvals.domain.model.submission import Option
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.domain.values import content_hash
from approvals.presentation.details import flat
from approvals.presentation.messages import pages as words
from approvals.presentation.problems import problem_sentences
from approvals.presentation.refusals import assurance_sentence, error_sentence
from approvals.presentation.text import cut, plain

DETAILS, VALUE_LENGTH = 3, 80


class Item(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One approval of the list. `alone` is the reason why it cannot be answered together with others."""

    approval: Approval
    reviewer: int
    link: str
    alone: str = ""

    @cached_property
    def details(self) -> list[tuple[str, str]]:
        """Return the first details, without the sensitive ones, which only the review page shows."""
        content = self.approval.content
        shown = {name: value for name, value in content.details.items() if name not in content.sensitive}
        return [(cut(label, VALUE_LENGTH), cut(plain(text), VALUE_LENGTH)) for label, text in flat(shown, most=DETAILS)]


class AnswerResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one answer of several."""

    item: Item
    recorded: bool
    sentence: str


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values that the templates of the inbox use."""

    person: Reviewer
    items: tuple[Item, ...]
    before: str | None
    further: bool = False
    """Whether this is not the first page."""
    sent: Answer = Answer(option="")
    picked: frozenset[str] = frozenset()
    every: bool = False
    notice: str = ""
    problems: dict[str, str] = {}

    @property
    def selectable(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.alone)

    @property
    def options(self) -> tuple[Option, ...]:
        """Return the options that all selectable approvals share."""
        return self.selectable[0].approval.content.options if self.selectable else ()

    @property
    def comment_length(self) -> int:
        return COMMENT_LENGTH

    @property
    def comment_rule(self) -> str:
        """Return which options need a comment for some of the approvals."""
        wanted = [o.label for o in self.options if any(comment_required(i.approval, o) for i in self.selectable)]
        return words.required_for(wanted) if wanted else words.OPTIONAL_FOR_ALL


def arranged(lines: Iterable[tuple[DigestLine, str]]) -> tuple[Item, ...]:
    """Return the page, the most urgent approval first; each line comes with its link."""
    found = sorted(lines, key=lambda pair: urgency(pair[0]))
    choices = Counter(_choice(line.approval) for line, _ in found if not _demands(line.approval))
    common = choices.most_common(1)[0][0] if choices else ()
    return tuple(
        Item(approval=line.approval, reviewer=line.reviewer, link=link, alone=_alone(line.approval, common))
        for line, link in found
    )


def fingerprint(lines: Sequence[DigestLine]) -> str:
    """Return a hash of the approvals and contents that were shown, and of the person who saw them."""
    return content_hash(sorted((line.approval.id, line.reviewer, line.approval.content_sha256) for line in lines))


def recorded_result(item: Item, approval: Approval) -> AnswerResult:
    """Return the verdict on an answer that was recorded; `approval` is its state after the answer."""
    return AnswerResult(item=item, recorded=True, sentence=words.recorded_sentence(approval))


def refused_result(item: Item, error: ApprovalsError, answer: Answer) -> AnswerResult:
    """Return the verdict on an answer that was refused. An answer that was recorded before counts as recorded."""
    match error:
        case AlreadySettled(approval=approval):
            standing = approval.latest().get(item.reviewer)
            same = (True, answer.option, answer.comment.strip())
            if standing and (standing.own, standing.option, standing.comment) == same:
                return recorded_result(item, approval)
            return AnswerResult(item=item, recorded=False, sentence=words.too_late_sentences(approval))
        case Invalid(shown=problems):
            return AnswerResult(item=item, recorded=False, sentence=problem_sentences(problems, item.approval.form))
        case _:
            return AnswerResult(item=item, recorded=False, sentence=error_sentence(error))


def _alone(approval: Approval, common: tuple[Option, ...]) -> str:
    return _demands(approval) or ("" if _choice(approval) == common else words.OTHER_ANSWERS)


def _demands(approval: Approval) -> str:
    """Return what the approval asks for in addition to a choice, as a sentence."""
    if approval.content.risk == "high":
        return words.HIGH_RISK_ALONE
    if stronger_than_link(approval.policy.assurance):
        return assurance_sentence(approval.policy.assurance)
    if approval.form:
        return words.OWN_QUESTIONS
    if all(comment_required(approval, option) for option in approval.content.options):
        return words.OWN_COMMENT
    return ""


def _choice(approval: Approval) -> tuple[Option, ...]:
    """Return the options as people see them."""
    return tuple(msgspec.structs.replace(o, comment=None, output=None) for o in approval.content.options)
