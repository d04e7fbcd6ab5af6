"""Policy: who must answer, how many, by when, and what happens when time is up. Stages, each made of groups."""

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
Assurance = Literal["link", "slack", "signin"]
ASSURANCES: tuple[Assurance, ...] = ("link", "slack", "signin")


class Group(Value, frozen=True, kw_only=True):
    """Some people, of whom `need` must agree."""

    from_: Annotated[tuple[Reference, ...], Meta(min_length=1, max_length=200)] = field(name="from")
    need: Need = 1


class Remind(Value, frozen=True, kw_only=True):
    """First after `after`, then every `every`, `times` in all; each gap is `backoff` times the one before it."""

    after: Duration
    every: Duration | None = None
    times: Annotated[int, Meta(ge=1, le=100)] = 1
    backoff: Annotated[float, Meta(ge=1, le=10)] = 1


class Escalation(Value, frozen=True, kw_only=True):
    """After `after` in this stage the people in `to` may answer too (add), or instead (replace)."""

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
    """What happens when the stage's own time is up; pass: the next stage begins. None: what the policy says."""
    form: Form | None = None
    """What those who answer in this stage are asked besides the submission's own questions."""


class TakeOption(Value, frozen=True, kw_only=True):
    """When time is up, answer with this option."""

    option: str


OnTimeout = Literal["fail", "reject", "approve"] | TakeOption


class Policy(Value, frozen=True, kw_only=True):
    """The whole rule by which an approval settles."""

    stages: Annotated[tuple[Stage, ...], Meta(min_length=1, max_length=20)]
    name: MaybeName = ""
    exclude_requester: bool = True
    timeout: Duration | None = None
    on_timeout: OnTimeout = "fail"
    on_reject: Literal["fail", "succeed"] = "fail"
    comment: CommentRule = "optional"
    assurance: Assurance = "link"
    callers: tuple[str, ...] = ()
    calendar: Name | Calendar | None = None
    """In whose hours the durations are counted; by name until the approval opens."""
    reassign: Literal["nobody", "known", "anyone"] = "known"
    """To whom a reviewer may hand their place: to nobody, to people of the directory, or to any address."""


def simple_policy(reviewers: tuple[str, ...], need: int | str = 1) -> Policy:
    """What the shorthand `reviewers` + `need` stands for: one stage of one group."""
    return Policy(stages=(Stage(groups=(Group(from_=reviewers, need=need),)),))


def needed(need: int | str, members: int) -> int:
    """How many of `members` people `need` asks for: a number, "all", or a share rounded up; never nobody."""
    if isinstance(need, int):
        return need
    return max(1, members if need == "all" else -(-members * int(need[:-1]) // 100))
