"""People: they answer by the links in their mail and by the API, contradict one another at once, and cancel."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.chaos.client import Answered, Client
from tests.chaos.mailbox import Mailbox
from tests.chaos.told import Told
from tests.chaos.workflows import REVIEWERS
from tests.e2e.whole import hidden_fields

OPTIONS = ("approve", "reject")
AT_ONCE = 3
Answer = Callable[[], None]


class Person:
    """One person who acts at random moments; `name` begins the comment of each answer."""

    def __init__(self, name: str, draws: random.Random, *, client: Client, mailbox: Mailbox, told: Told) -> None:
        self._client, self._mailbox, self._told, self._draws = client, mailbox, told, draws
        self._comments = (f"{name}-{number}" for number in count())

    def run(self, over: threading.Event) -> None:
        with ThreadPoolExecutor(AT_ONCE) as hands:
            while not over.wait(self._draws.uniform(0.1, 1.5)):
                for one in [hands.submit(answer) for answer in self._answers()]:
                    one.result()

    def _answers(self) -> list[Answer]:
        """Return what is done at once: answers that contradict each other, by one way or by two."""
        recent = self._told.recent(25)
        if not recent:
            return []
        approval_id = self._draws.choice(recent)
        if self._draws.random() < 0.06:
            return [lambda: self._cancel(approval_id)]
        by_link = [self._by_link(self._draws.choice(list(self._mailbox.links)))] if self._mailbox.links else []
        by_api = [self._by_api(approval_id) for _ in range(self._draws.randint(1, 2))]
        return self._draws.choice([by_link, by_link * 2, by_api, by_api, [*by_link, *by_api]])

    def _attempt(self) -> tuple[str, str]:
        option, comment = self._draws.choice(OPTIONS), next(self._comments)
        self._told.attempts[comment] = option
        return option, comment

    def _by_api(self, approval_id: str) -> Answer:
        option, comment = self._attempt()
        body = {"reviewer": self._draws.choice(REVIEWERS), "option": option, "comment": comment}

        def answer() -> None:
            answered = self._client.post(f"/v1/approvals/{approval_id}/decisions", body)
            if answered and answered.status == 200:
                self._told.decisions[comment] = option
                self._told.shown(answered.json)

        return answer

    def _by_link(self, path: str) -> Answer:
        option, comment = self._attempt()

        def answer() -> None:
            if (fields := _form(self._client.get(path))) is None:
                return
            answered = self._client.send_form(path, {**fields, "option": option, "comment": comment})
            if answered and answered.status == 303:
                self._told.decisions[comment] = option

        return answer

    def _cancel(self, approval_id: str) -> None:
        answered = self._client.post(f"/v1/approvals/{approval_id}/cancel", {"reason": "not needed any more"})
        if answered and answered.status == 200:
            self._told.cancelled.add(approval_id)
            self._told.shown(answered.json)


def _form(page: Answered | None) -> dict[str, str] | None:
    """Return the hidden fields of the page's form, if it has one."""
    fields = hidden_fields(page.text) if page and page.status == 200 else {}
    return fields if "nonce" in fields else None
