"""Submissions: what a workflow sends, with its limits. `Content` is what reviewers see and what is hashed."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from approvals.domain.model.forms import Form
from approvals.domain.model.policy import Need, Policy
from approvals.domain.model.replies import Replies
from approvals.domain.references import Name, Reference
from approvals.domain.values import Value

TaskToken = Annotated[str, Meta(min_length=1, max_length=2048, description="The task token of the waiting state.")]
Side = Literal["approve", "reject"]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
# Text that becomes a column or a search for one: no control characters, which PostgreSQL cannot keep either.
_PRINTABLE = {
    "pattern": r"^[^\x00-\x1f\x7f]*$",
    "extra": {"fix": "leave out control characters"},
}
Short = Annotated[str, Meta(max_length=256, **_PRINTABLE)]
Arn = Annotated[str, Meta(max_length=2048, **_PRINTABLE)]
MapStep = Count | Annotated[str, Meta(min_length=1, max_length=256)]  # no pattern: see tests/guards/test_shapes.py
MapItem = Annotated[
    MapStep | Annotated[tuple[MapStep, ...], Meta(min_length=1, max_length=10)],
    Meta(
        description="The item of the Map: its index or key, or for Maps in Maps a list of them, the outermost first.",
        extra={"fix": "write the item's index, its key as text, or a list of these for Maps in Maps"},
    ),
]
MOST_LINKS = 20
LOCALE = r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
AwareDatetime = Annotated[datetime, Meta(tz=True)]


class Link(Value, frozen=True, kw_only=True):
    """A link shown beside the details."""

    label: Annotated[str, Meta(min_length=1, max_length=100)]
    url: Annotated[str, Meta(min_length=1, max_length=2048)]


class Option(Value, frozen=True, kw_only=True):
    """One possible answer, on the approving or the rejecting side."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$", extra={"fix": "use 1 to 40 letters, digits, _ or -"})]
    label: Annotated[str, Meta(min_length=1, max_length=60)]
    side: Side
    style: Literal["default", "primary", "danger"] = "default"
    comment: Literal["optional", "required"] | None = None
    output: Annotated[Any, Meta(description="What the workflow gets if this answer wins: any JSON but null.")] = None


DEFAULT_OPTIONS = (
    Option(id="approve", label="Approve", side="approve", style="primary"),
    Option(id="reject", label="Reject", side="reject", style="danger"),
)


class Execution(Value, frozen=True, kw_only=True):
    """From the context object: `$$.Execution`."""

    id: Arn
    name: Short = ""
    start_time: AwareDatetime | None = None
    redrive_count: Count = 0


class State(Value, frozen=True, kw_only=True):
    """From the context object: `$$.State`. AWS puts no limit on the characters of its name."""

    name: Annotated[str, Meta(max_length=256, pattern=r"^[^\x00]*$", extra={"fix": "leave out the null character"})]
    entered_time: AwareDatetime | None = None
    retry_count: Count = 0


class StateMachine(Value, frozen=True, kw_only=True):
    """From the context object: `$$.StateMachine`."""

    id: Arn
    name: Short = ""


class Content(Value, frozen=True, kw_only=True):
    """The content that reviewers see, to which an answer is bound: `contentSha256` covers this."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Annotated[str, Meta(max_length=16 * 1024, description="Markdown, safe subset.")] = ""
    details: dict[str, Any] = {}
    sensitive: tuple[str, ...] = ()
    links: Annotated[tuple[Link, ...], Meta(max_length=MOST_LINKS)] = ()
    risk: Literal["low", "normal", "high"] = "normal"
    requester: Reference | None = None
    options: Annotated[tuple[Option, ...], Meta(min_length=1, max_length=10)] = DEFAULT_OPTIONS
    form: Form | None = None
    execution: Execution | None = None
    state: State | None = None
    state_machine: StateMachine | None = None
    map_item: MapItem | None = None
    tags: dict[Annotated[str, Meta(min_length=1, max_length=80, **_PRINTABLE)], Short] = {}
    locale: Annotated[str, Meta(pattern=LOCALE)] = "en"

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


class Submission(Content, frozen=True, kw_only=True):
    """Everything a workflow may send. The task token is a bearer secret: `content()` omits it."""

    task_token: TaskToken = field()
    policy: Name | Policy | None = None
    reviewers: Annotated[tuple[Reference, ...], Meta(min_length=1, max_length=200)] | None = None
    need: Need = 1
    timeout_seconds: Annotated[int, Meta(ge=1, le=99_999_999)] | None = None
    heartbeat_seconds: Annotated[int, Meta(ge=1, le=99_999_999)] | None = None
    answers: Annotated[Replies, Meta(description="What the workflow gets in place of our outcome.")] | None = None

    @property
    def adjustments(self) -> "tuple[Adjustment, ...]":
        """Return what the gateway changed so that it could be taken. A sender cannot write them."""
        return ()

    def content(self) -> Content:
        return Content(**{name: getattr(self, name) for name in Content.__struct_fields__})

    def __repr__(self) -> str:
        return f"Submission({self.title!r})"


class Adjustment(Value, frozen=True, kw_only=True):
    """A change of a value that its author could not know, such as a title that was cut; `field` is its path."""

    field: str
    reason: str


class AdjustedSubmission(Submission, frozen=True, kw_only=True):
    """A submission as the gateway takes it, with what was changed."""

    adjustments: tuple[Adjustment, ...]
