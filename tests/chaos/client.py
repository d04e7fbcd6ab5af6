"""An HTTP client that takes no failure for an answer: it returns None where the server did not answer."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A response."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, kw_only=True)
class Client:
    """Calls one server on loopback, each time by a connection of its own."""

    port: int
    api_key: str

    def get(self, path: str) -> Answered | None:
        return self._call("GET", path, None, {})

    def post(self, path: str, body: Any) -> Answered | None:
        return self._call("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def send_form(self, path: str, fields: dict[str, str]) -> Answered | None:
        """Send a form as a browser does that shows our page."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        return self._call("POST", path, urlencode(fields), headers)

    def _call(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answered | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, {**headers, "Authorization": f"Bearer {self.api_key}"})
            response = connection.getresponse()
            return Answered(status=response.status, text=response.read().decode())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
