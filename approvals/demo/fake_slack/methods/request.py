"""One call of the Web API: whose token it bears, and the arguments of its body, whether form or JSON."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request

from approvals.demo.fake_slack.errors import Refused, with_messages
from approvals.demo.fake_slack.state.store import State
from approvals.demo.fake_slack.state.workspace import Workspace

CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
MAX_BODY = 1_000_000
TS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?")


@dataclass(kw_only=True)
class Call:
    method: str
    state: State
    arguments: dict[str, Any]
    token: str = ""
    team: Workspace = field(init=False)

    def text(self, name: str) -> str:
        """An argument that may be left out."""
        value = self.arguments.get(name, "")
        if isinstance(value, bool | int | float):
            return str(value)
        if not isinstance(value, str):
            raise Refused("invalid_arguments")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise with_messages("invalid_arguments", [f"missing required field: {name}"])
        return value

    def moment(self, name: str) -> float:
        """A ts; 0 where it was left out."""
        value = self.text(name) or "0"
        if not TS.fullmatch(value):
            raise Refused(f"invalid_ts_{name}")
        return float(value)

    def structure(self, name: str) -> Any:
        """JSON, written out in a form or standing in a JSON body; None where it was left out."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value


def read_call(request: Request, method: str, *, state: State) -> Call:
    """Raises Refused for a body that is neither a form nor a JSON object."""
    if (request.content_length or 0) > MAX_BODY:
        raise Refused("request_too_large")
    arguments: dict[str, Any] = dict(request.args)
    if request.method == "POST" and request.mimetype not in CONTENT_TYPES:
        raise Refused("invalid_post_type" if request.mimetype else "missing_post_type")
    if request.mimetype == "application/json":
        arguments |= _json(request.get_data())
        token = ""
    else:
        arguments |= dict(request.form)
        token = str(arguments.pop("token", ""))
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = given.strip()
    return Call(method=method, state=state, arguments=arguments, token=token)


def _json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused("invalid_json") from None
    if not isinstance(read, dict):
        raise Refused("json_not_object")
    return read
