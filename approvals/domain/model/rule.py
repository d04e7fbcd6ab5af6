"""Rules of the directory file: which policy applies to a submission, or that nobody is asked."""

from typing import Annotated, Literal

from msgspec import Meta

from approvals.domain.references import Name
from approvals.domain.values import Value

Pattern = Annotated[str, Meta(min_length=1, max_length=512, description="Text with * and ?; capitals count.")]


RuleCondition = Annotated[
    str,
    Meta(min_length=1, max_length=1000, description='An expression, such as details.amount > 1000 or risk == "high".'),
]


MOST_RULES = 200


class AutoApproval(Value, frozen=True, kw_only=True):
    """Nobody is asked. The reason is shown on the approval and in its audit trail."""

    because: Annotated[str, Meta(min_length=1, max_length=500)]
    option: str | None = None
    """The id of an option on the approving side; by default the first of them."""
    even_at_high_risk: bool = False


class Rule(Value, frozen=True, kw_only=True):
    """For submissions that match all conditions: one policy, or an automatic approval."""

    name: Name
    state_machine: Pattern | None = None
    tags: dict[Name, Pattern] = {}
    caller: Pattern | None = None
    when: RuleCondition | None = None
    policy: Name | None = None
    mode: Literal["force", "default"] = "force"
    """force: overrides what the submission asks for. default: applies where it names neither a policy nor reviewers."""
    approve: AutoApproval | None = None


Rules = Annotated[tuple[Rule, ...], Meta(max_length=MOST_RULES)]
