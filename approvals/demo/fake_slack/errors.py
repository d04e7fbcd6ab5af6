"""Errors of the Web API: HTTP 200, `ok: false` and one of Slack's error names."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ApiError(Exception):
    """An error response of the Web API."""

    error: str
    more: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    @property
    def status(self) -> int:
        return 429 if self.retry_after is not None else 200

    @property
    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}


def validation_error(error: str, problems: list[str]) -> ApiError:
    """Return an error that lists each problem with its JSON pointer, in Slack's format."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return ApiError(error, {"errors": problems, "response_metadata": {"messages": messages}})
