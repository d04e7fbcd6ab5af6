"""The HTTP routes: /api/<method> and the response URLs, one request at a time."""

import json
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods import registry
from approvals.demo.fake_slack.methods.request import read_call
from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.transport import response_urls

ROUTES = Map([Rule("/api/<method>", endpoint="method"), Rule("/respond/<secret>", endpoint="respond")])


class WebApi:
    """The WSGI application."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            endpoint, values = ROUTES.bind_to_environ(environ).match()
            answer = getattr(self, f"_{endpoint}")(Request(environ), **values)
        except HTTPException as error:
            answer = error.get_response(environ)
        return answer(environ, start_response)

    def _method(self, request: Request, *, method: str) -> Response:
        with self._state.changed:
            self._state.calls[method] += 1
            answer = self._answer(request, method)
            self._state.changed.notify_all()
        return answer

    def _answer(self, request: Request, method: str) -> Response:
        scopes: dict[str, str] = {}
        try:
            call = read_call(request, method, state=self._state)
            found = registry.authenticate(call)
            scopes = registry.scope_headers(call, found)
            answer = _json(registry.serve(call, found))
        except ApiError as refused:
            answer = _json(refused.body, status=refused.status)
            if refused.retry_after is not None:
                answer.headers["Retry-After"] = str(refused.retry_after)
        answer.headers.update(scopes)
        return answer

    def _respond(self, request: Request, *, secret: str) -> Response:
        with self._state.changed:
            status, said = response_urls.respond(request.get_data(), secret, state=self._state)
            self._state.changed.notify_all()
        return Response(said, status, content_type="text/html; charset=utf-8")


def _json(body: dict[str, Any], *, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
