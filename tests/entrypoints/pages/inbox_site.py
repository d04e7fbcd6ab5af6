"""An inbox as a browser has it: what is listed, what may be selected, and what its form sends."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.model.approval import Status
from approvals.entrypoints.app import create_app
from tests.builders import a_submission
from tests.e2e.whole import hidden_fields
from tests.fakes import World

OURS = {"Sec-Fetch-Site": "same-origin"}
ANA = "ana@example.com"


class Site:
    """Ana's inbox. Each approval has a title of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: FlaskClient = create_app(world.gateway).test_client()
        self._made = 0

    def submit(self, **changes: Any) -> str:
        self._made += 1
        defaults = {"task_token": f"token-{self._made}", "title": f"Refund {self._made}"}
        return self.world.gateway.submit(a_submission(**{**defaults, **changes}), caller="tests").approval_id

    def path(self, approval_id: str, *, reviewer: int = 0) -> str:
        links, now = self.world.gateway.ports.links, self.world.clock()
        return links.inbox_url(approval_id, reviewer, now=now).removeprefix(self.world.gateway.public_url)

    def read(self, path: str) -> str:
        return self.client.get(path).get_data(as_text=True)

    def send(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        """The form as the page has it, with these fields filled in. `pick__1` is pick.1."""
        filled = {name.replace("__", "."): value for name, value in fields.items()}
        form = {**hidden_fields(self.read(path)), **filled}
        return self.client.post(path, data=form, headers=OURS if headers is None else headers)

    def status(self, approval_id: str) -> Status:
        return self.world.gateway.approval(approval_id).status


def selectable(page: str) -> list[str]:
    return re.findall(r'name="pick\.\d+" value="([^"]+)"', page)
