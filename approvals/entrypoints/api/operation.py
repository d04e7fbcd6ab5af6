"""The entries of the table of operations: an operation of the API, and its successful responses."""

from typing import Any, Literal

import msgspec

from approvals.entrypoints.api.schemas import ApprovalView

Scope = Literal["submit", "read", "decide", "admin"]
Tag = Literal["Approvals", "Policies", "About"]
BEGINS = "/v1/approvals"
ONE = "/v1/approvals/{approvalId}"


class Success(msgspec.Struct, frozen=True, kw_only=True):
    """A successful response; without a shape the document describes only its media type."""

    description: str
    shape: type[msgspec.Struct] | None = None
    media: str = "application/json"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. Its errors follow from its scope, body, query and path; `problems` lists the others."""

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
    answers: dict[int, Success]
    problems: tuple[int, ...] = ()

    @property
    def of_one(self) -> bool:
        """Return whether the path names an approval."""
        return self.path.startswith(ONE)

    @property
    def of_inquiry(self) -> bool:
        """Return whether the path names one of the approval's questions."""
        return "{inquiry}" in self.path


def changing(
    operation_id: str, *, path: str, scope: Scope, summary: str, description: str, returns: str,
    body: type[msgspec.Struct] | None = None, example: dict[str, Any] | None = None,
) -> Operation:  # fmt: skip
    """Return an operation that changes an approval and returns it; `path` continues that of the approval."""
    return Operation(
        id=operation_id, method="POST", path=ONE + path, scope=scope, summary=summary, description=description,
        body=body, example=example, answers={200: Success(description=returns, shape=ApprovalView)}, problems=(409,),
    )  # fmt: skip
