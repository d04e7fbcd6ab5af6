"""Does what workflows and people do, by the API, the pages and Slack's buttons; approvals go by their names here.

An approval is called by what stands between « and » in its title.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.upgrade.gateway import DESK, OPERATOR, PUBLIC_URL, SLACK_SECRET, Deployment
from tests.upgrade.outside import Json

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ACTION = re.compile(r'action="[^"]*?/(\w+)"')


class Doings:
    """Around one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.outside, self.clock = deployment, deployment.outside, deployment.clock
        self.ids: dict[str, str] = {}

    def learn(self) -> None:
        """Learns the ids of the approvals that are there."""
        self.ids = {name_of(one): one["id"] for one in self.listed()}

    def listed(self) -> list[Json]:
        """All approvals, page by page."""
        found: list[Json] = []
        cursor = ""
        while True:
            page = self.deployment.call("GET", f"/v1/approvals?limit=20{cursor}").json
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def at(self, moment: datetime) -> None:
        """Moves the clock, never back."""
        self.clock.now = max(self.clock.now, moment)

    def submit(self, name: str, **fields: Any) -> None:
        """Submits an approval of this name. What has no policy is asked of one person of its own."""
        if not {"policy", "reviewers"} & set(fields):
            fields["reviewers"] = [f"ana@{slug(name)}.example"]
        body = {"taskToken": f"token-{slug(name)}", "title": f"«{name}»", "requester": "rhea", **fields}
        self.ids[name] = self.arrive(body)

    def arrive(self, body: Json) -> str:
        """Submits whatever it is. Gives the approval's id."""
        answer = self.deployment.call("POST", "/v1/approvals", key=DESK, **body)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json["id"])

    def does(self, what: str, name: str, *, key: str = DESK, status: int | None = 200, **body: Any) -> int:
        """Does something by the API: `what` is the last part of its path."""
        answer = self.deployment.call("POST", f"/v1/approvals/{self.ids[name]}/{what}", key=key, **body)
        assert status in (None, answer.status_code), answer.text
        return answer.status_code

    def decide(
        self, name: str, who: str = "", option: str = "approve", *, status: int | None = 200, **more: Any
    ) -> int:
        """Answers; without a name it is the one person who is asked."""
        reviewer = who or f"ana@{slug(name)}.example"
        return self.does("decisions", name, reviewer=reviewer, option=option, status=status, **more)

    def withdraw(self, name: str, **body: Any) -> int:
        return self.does("withdraw", name, key=OPERATOR, **body)

    def open(self, link: str) -> TestResponse:
        return self.deployment.client.get(link.removeprefix(PUBLIC_URL))

    def forms(self, link: str) -> dict[str, dict[str, str]]:
        """The hidden fields of the forms of a page, by the last part of where they are sent; "" is the page itself."""
        found = {}
        for form in _FORM.findall(self.open(link).text):
            action = _ACTION.search(form.partition(">")[0])
            found[action[1] if action else ""] = {key: unescape(value) for key, value in _HIDDEN.findall(form)}
        return found

    def send(self, link: str, action: str, fields: dict[str, str]) -> int:
        """Sends a form of a page, as a browser does."""
        where = link.removeprefix(PUBLIC_URL) + (f"/{action}" if action else "")
        return self.deployment.client.post(where, data=fields, headers=FROM_THE_PAGE).status_code

    def press(self, user: str, channel: str, button: Json) -> int:
        """Presses a button of a message in Slack."""
        payload = {
            "type": "block_actions", "user": {"id": user, "team_id": "T0ACME"}, "team": {"id": "T0ACME"},
            "channel": {"id": channel}, "trigger_id": "1.2.3", "response_url": f"{self.outside.url}response/1",
            "actions": [{**button, "action_ts": f"{self.clock().timestamp():.6f}"}],
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)})
        return self.deployment.client.post("/slack/interactions", data=body, headers=self._signed(body)).status_code

    def _signed(self, body: str) -> dict[str, str]:
        timestamp = str(int(self.clock().timestamp()))
        proof = hmac.new(SLACK_SECRET.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={proof}",
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip

    def later(self, **delta: float) -> str:
        return (self.clock() + timedelta(**delta)).isoformat()


def slug(name: str) -> str:
    return name.replace(" ", "-")


def name_of(shown: Json) -> str:
    """What an approval is called, by its title."""
    return str(shown["title"]).partition("«")[2].partition("»")[0] or str(shown["title"])


def policy(
    *people: str, need: int | str = 1, more: list[Json] | None = None, timeout: str = "12d", **stage: Any
) -> Json:
    """A policy of one stage, or of several where there are `more`; what is of the whole stands in `whole`."""
    whole = stage.pop("whole", {})
    first = {"groups": [{"from": list(people), "need": need}], **stage}
    return {"stages": [first, *(more or [])], "timeout": timeout, **whole}


def stage(*people: str, need: int | str = 1, **more: Any) -> Json:
    return {"groups": [{"from": list(people), "need": need}], **more}
