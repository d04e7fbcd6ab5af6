"""What the table of operations is made of: one operation of the API, and the ways in which it succeeds."""

from typing import Any, Literal

import msgspec

from approvals.entrypoints.api.schemas import ApprovalView

Scope = Literal["submit", "read", "decide", "admin"]
Tag = Literal["Approvals", "Policies", "About"]
BEGINS = "/v1/approvals"
ONE = "/v1/approvals/{approvalId}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which an operation succeeds; without a shape it answers in `media`, of which we say no more."""

    says: str
    shape: type[msgspec.Struct] | None = None
    media: str = "application/json"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. What can go wrong follows from its scope, body, query and path; `problems` are those beside."""

    id: str
    method: Literal["GET", "POST"]
    path: str
    scope: Scope | None = None
    tag: Tag = "Approvals"
    summary: str
    description: str = ""
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    example: dict[str, Any] | None = None
    answers: dict[int, Answer]
    problems: tuple[int, ...] = ()

    @property
    def of_one(self) -> bool:
        """Whether it is about the approval in its path."""
        return self.path.startswith(ONE)

    @property
    def of_inquiry(self) -> bool:
        """Whether it is about one of the approval's questions."""
        return "{inquiry}" in self.path


def changing(
    operation_id: str, *, path: str, scope: Scope, summary: str, description: str, says: str,
    body: type[msgspec.Struct] | None = None, example: dict[str, Any] | None = None,
) -> Operation:  # fmt: skip
    """One that changes an approval and answers with it; `path` is below that of the approval."""
    return Operation(
        id=operation_id, method="POST", path=ONE + path, scope=scope, summary=summary, description=description,
        body=body, example=example, answers={200: Answer(says=says, shape=ApprovalView)}, problems=(409,),
    )  # fmt: skip
