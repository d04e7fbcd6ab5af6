"""Sentences about the progress of an approval and about its deadline."""

from approvals.domain.eligibility.quorum import GroupCount, progress
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import TakeOption
from approvals.presentation.names import group_name, option_label, step_name
from approvals.presentation.text import cut, plain


def progress_sentence(approval: Approval) -> str:
    """How far the current stage is: “1 of 2 needed answers so far.”, “Step 2 of 3: 1 of 2 from legal; sam is done.”"""
    groups = progress(approval)
    step = f"{name}: " if (name := step_name(approval, approval.stage)) else ""
    if len(groups) > 1:
        return f"{step}{'; '.join(map(_group_words, groups))}."
    return step + _one_group(groups[0])


def timeout_sentence(approval: Approval) -> str:
    """What happens where too few answer in time."""
    alone = [group.need for group in progress(approval)] == [1]
    return f"Without {'an answer' if alone else 'enough answers'} by then {_at_deadline(approval)}."


def late_sentence(approval: Approval) -> str:
    """The same when time is up, and it has not been settled yet."""
    return f"Answers are no longer taken. Now {_at_deadline(approval)}."


def _group_words(group: GroupCount) -> str:
    label = cut(plain(group_name(group.group)), 80)
    return f"{label} is done" if group.have >= group.need else f"{group.have} of {group.need} from {label}"


def _one_group(group: GroupCount) -> str:
    if group.need == 1 and group.have == 0:
        return "One answer is enough."
    return f"{group.have} of {group.need} needed {'answer' if group.need == 1 else 'answers'} so far."


def _at_deadline(approval: Approval) -> str:
    match approval.rule_at_deadline:
        case "pass":
            return "the next step begins"
        case "fail":
            return "it expires, and the workflow is told so"
        case "approve":
            return "it counts as approved"
        case "reject":
            return "it counts as rejected"
        case TakeOption(option=chosen):
            return f"“{option_label(approval, chosen)}” is taken"
