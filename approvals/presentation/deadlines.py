"""Sentences about the progress of an approval and about its deadline."""

from typing import NamedTuple

from approvals.domain.eligibility.quorum import GroupCount, progress
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import TakeOption
from approvals.presentation.names import group_name, option_label, step_name
from approvals.presentation.text import cut, plain


class _Progress(NamedTuple):
    """How many have answered: where there is one step, and where there are several."""

    alone: str
    in_step: str


_NONE_OF_ONE = _Progress("One answer is enough.", "{step}: One answer is enough.")
_OF_ONE = _Progress("{have} of 1 needed answer so far.", "{step}: {have} of 1 needed answer so far.")
_OF_SEVERAL = _Progress("{have} of {need} needed answers so far.", "{step}: {have} of {need} needed answers so far.")
_OF_GROUPS = _Progress("{groups}.", "{step}: {groups}.")


class _AtDeadline(NamedTuple):
    """What happens at the deadline: for the time before it, with one or several answers missing, and after it."""

    one: str
    several: str
    late: str


_SENTENCES = {
    "pass": _AtDeadline(
        "Without an answer by then the next step begins.",
        "Without enough answers by then the next step begins.",
        "Answers are no longer accepted. Now the next step begins.",
    ),
    "fail": _AtDeadline(
        "Without an answer by then it expires, and the workflow is notified.",
        "Without enough answers by then it expires, and the workflow is notified.",
        "Answers are no longer accepted. Now it expires, and the workflow is notified.",
    ),
    "approve": _AtDeadline(
        "Without an answer by then it counts as approved.",
        "Without enough answers by then it counts as approved.",
        "Answers are no longer accepted. Now it counts as approved.",
    ),
    "reject": _AtDeadline(
        "Without an answer by then it counts as rejected.",
        "Without enough answers by then it counts as rejected.",
        "Answers are no longer accepted. Now it counts as rejected.",
    ),
}
_TAKEN = _AtDeadline(
    "Without an answer by then “{option}” is taken.",
    "Without enough answers by then “{option}” is taken.",
    "Answers are no longer accepted. Now “{option}” is taken.",
)


def progress_sentence(approval: Approval) -> str:
    """Return the current stage's progress: “Step 2 of 3: 1 of 2 from legal; sam is done.”"""
    groups, step = progress(approval), step_name(approval, approval.stage)
    words = _OF_GROUPS if len(groups) > 1 else _of_one_group(groups[0])
    facts = {"groups": "; ".join(map(_group_words, groups)), "have": groups[0].have, "need": groups[0].need}
    return (words.in_step if step else words.alone).format(step=step, **facts)


def timeout_sentence(approval: Approval) -> str:
    """Return what happens if too few people answer in time."""
    alone = [group.need for group in progress(approval)] == [1]
    sentences, option = _at_deadline(approval)
    return (sentences.one if alone else sentences.several).format(option=option)


def late_sentence(approval: Approval) -> str:
    """Return what happens after the deadline, before a sweep has settled the approval."""
    sentences, option = _at_deadline(approval)
    return sentences.late.format(option=option)


def _group_words(group: GroupCount) -> str:
    label = cut(plain(group_name(group.group)), 80)
    return f"{label} is done" if group.have >= group.need else f"{group.have} of {group.need} from {label}"


def _of_one_group(group: GroupCount) -> _Progress:
    match group.need, group.have:
        case 1, 0:
            return _NONE_OF_ONE
        case 1, _:
            return _OF_ONE
        case _:
            return _OF_SEVERAL


def _at_deadline(approval: Approval) -> tuple[_AtDeadline, str]:
    """Return the sentences, and the label of the option that is taken then."""
    match approval.rule_at_deadline:
        case TakeOption(option=chosen):
            return _TAKEN, option_label(approval, chosen)
        case rule:
            return _SENTENCES[rule], ""
