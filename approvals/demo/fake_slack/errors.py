"""How a Web API call is refused: HTTP 200, `ok: false` and one of Slack's error names."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ApiError(Exception):
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
    """Says what is wrong where: `no more than 25 items allowed [json-pointer:/blocks/1/elements]`."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return ApiError(error, {"errors": problems, "response_metadata": {"messages": messages}})
