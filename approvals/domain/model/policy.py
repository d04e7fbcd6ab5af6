"""Policies: who must answer, how many of them, by when, and what happens at the deadline. Stages hold groups."""

from typing import Annotated, Literal

from msgspec import Meta, field

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.model.forms import Form
from approvals.domain.references import MaybeName, Name, Reference
from approvals.domain.values import Duration, Value

Need = (
    Annotated[int, Meta(ge=1, le=1000)]
    | Annotated[
        str, Meta(pattern=r"^(?:all|[1-9]\d?%|100%)$", extra={"fix": 'write a number, "all" or a share such as "50%"'})
    ]
)
CommentRule = Literal["optional", "required", "requiredOnReject"]
Assurance = Literal["operator", "link", "slack", "signin"]
ASSURANCES: tuple[Assurance, ...] = ("operator", "link", "slack", "signin")
"""The proofs of who answers, the weakest first. operator: somebody else answers on behalf of the reviewer."""


class Group(Value, frozen=True, kw_only=True):
    """Some people, of whom `need` must agree."""

    from_: Annotated[tuple[Reference, ...], Meta(min_length=1, max_length=200)] = field(name="from")
    need: Need = 1


class Remind(Value, frozen=True, kw_only=True):
    """The first reminder after `after`, then every `every`, `times` in all; each gap is `backoff` times the last."""

    after: Duration
    every: Duration | None = None
    times: Annotated[int, Meta(ge=1, le=100)] = 1
    backoff: Annotated[float, Meta(ge=1, le=10)] = 1


class Escalation(Value, frozen=True, kw_only=True):
    """After `after` in this stage, the people in `to` may answer too (add), or instead (replace)."""

    after: Duration
    to: Annotated[tuple[Reference, ...], Meta(min_length=1, max_length=200)]
    mode: Literal["add", "replace"] = "add"


class Stage(Value, frozen=True, kw_only=True):
    """All groups must be satisfied, in any order, before the next stage begins."""

    groups: Annotated[tuple[Group, ...], Meta(min_length=1, max_length=20)]
    name: MaybeName = ""
    reject: Annotated[int, Meta(ge=1, le=1000)] = 1
    notify: tuple[Reference, ...] = ()
    quiet: bool = False
    remind: Remind | tuple[Duration, ...] | None = None
    escalate: tuple[Escalation, ...] = ()
    timeout: Duration | None = None
    on_timeout: Literal["fail", "reject", "pass"] | None = None
    """What happens when the stage times out. pass: the next stage begins. None: the policy decides."""
    form: Form | None = None
    """Questions of this stage, beside those of the submission."""


class TakeOption(Value, frozen=True, kw_only=True):
    """Answer with this option at the deadline."""

    option: str


OnTimeout = Literal["fail", "reject", "approve"] | TakeOption


class Policy(Value, frozen=True, kw_only=True):
    """The rules by which an approval settles."""

    stages: Annotated[tuple[Stage, ...], Meta(min_length=1, max_length=20)]
    name: MaybeName = ""
    exclude_requester: bool = True
    timeout: Duration | None = None
    on_timeout: OnTimeout = "fail"
    on_reject: Literal["fail", "succeed"] = "fail"
    comment: CommentRule = "optional"
    assurance: Assurance = "link"
    on_behalf: bool = True
    """Whether operators and API keys may answer and act on behalf of a reviewer, by a proof of `link` or weaker."""
    callers: tuple[str, ...] = ()
    calendar: Name | Calendar | None = None
    """The calendar in whose hours durations are counted; a name until the approval opens."""
    reassign: Literal["nobody", "known", "anyone"] = "known"
    """To whom a reviewer may reassign their seat: to nobody, to people of the directory, or to any address."""
    tell_requester: bool = True
    """Whether the requester is told the outcome."""


def stronger_than_link(assurance: Assurance) -> bool:
    """Return whether a signed link is too weak a proof of who answers."""
    return ASSURANCES.index(assurance) > ASSURANCES.index("link")


def simple_policy(reviewers: tuple[str, ...], need: int | str = 1) -> Policy:
    """Return the policy of the shorthand `reviewers` + `need`: one stage with one group."""
    return Policy(stages=(Stage(groups=(Group(from_=reviewers, need=need),)),))


def needed(need: int | str, members: int) -> int:
    """Return how many of `members` people `need` means: a number, "all", or a share rounded up; at least one."""
    if isinstance(need, int):
        return need
    return max(1, members if need == "all" else -(-members * int(need[:-1]) // 100))
