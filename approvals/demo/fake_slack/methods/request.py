"""One Web API call: its token and its arguments, read from a form or a JSON body."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request

from approvals.demo.fake_slack.errors import ApiError, validation_error
from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.state.workspace import Workspace

CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
MAX_BODY = 1_000_000
TS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?")


@dataclass(kw_only=True)
class ApiCall:
    method: str
    state: SlackState
    arguments: dict[str, Any]
    token: str = ""
    team: Workspace = field(init=False)

    def text(self, name: str) -> str:
        """Return an optional argument, empty if it is missing."""
        value = self.arguments.get(name, "")
        if isinstance(value, bool | int | float):
            return str(value)
        if not isinstance(value, str):
            raise ApiError("invalid_arguments")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise validation_error("invalid_arguments", [f"missing required field: {name}"])
        return value

    def timestamp(self, name: str) -> float:
        """Return a message timestamp, 0 if it is missing."""
        value = self.text(name) or "0"
        if not TS.fullmatch(value):
            raise ApiError(f"invalid_ts_{name}")
        return float(value)

    def json_value(self, name: str) -> Any:
        """Return a JSON argument of a form or of a JSON body, None if it is missing."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value


def read_call(request: Request, method: str, *, state: SlackState) -> ApiCall:
    """Read a call. Raise ApiError for a body that is neither a form nor a JSON object."""
    if (request.content_length or 0) > MAX_BODY:
        raise ApiError("request_too_large")
    arguments: dict[str, Any] = dict(request.args)
    if request.method == "POST" and request.mimetype not in CONTENT_TYPES:
        raise ApiError("invalid_post_type" if request.mimetype else "missing_post_type")
    if request.mimetype == "application/json":
        arguments |= _json(request.get_data())
        token = ""
    else:
        arguments |= dict(request.form)
        token = str(arguments.pop("token", ""))
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = given.strip()
    return ApiCall(method=method, state=state, arguments=arguments, token=token)


def _json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ApiError("invalid_json") from None
    if not isinstance(read, dict):
        raise ApiError("json_not_object")
    return read
