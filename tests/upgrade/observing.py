"""Tells what left the building, by what stands on the wire: mails, calls of Slack's and of Step Functions' methods.

No name of a class and no key of a message is in here, so that the old code and every newer one can be compared.
"""

import json
import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from typing import Any

from tests.upgrade.doings import Doings
from tests.upgrade.outside import Json, conversation

QUOTED = re.compile(r"«[^»]*»")
LINK = re.compile(r"https://approvals\.example\.com/[ri]/\S+")
LENGTH = 100
"""So much of a text in Slack is kept."""
BEAT = "SendTaskHeartbeat"
_LOOKS = {"auth.test", "users.conversations", "conversations.open", "conversations.history", "conversations.replies"}
_ACTIONS = re.compile(r'action="/r/[^"/]+/(\w+)"')


class Ledger:
    """Reads what the outside was told since it was last asked."""

    def __init__(self, doings: Doings) -> None:
        self._doings, self._outside = doings, doings.outside
        self._mails, self._calls = len(self._outside.mails), len(self._outside.calls)
        self._subjects: dict[str, str] = {}
        self._opened: set[str] = set()
        self.beats: dict[str, int] = {}

    def remember(self, mails: list[Json]) -> None:
        """Takes in what was mailed before, to which later mails refer."""
        self._subjects |= {mail["id"]: mail["subject"] for mail in mails}

    def news(self) -> list[Json]:
        """In an order of its own, since what is due at one moment leaves in any."""
        mails = self._outside.mails[self._mails :]
        calls = self._outside.calls[self._calls :]
        self._mails, self._calls = self._mails + len(mails), self._calls + len(calls)
        mails.sort(key=lambda mail: (mail[0], str(mail[1]["Subject"])))
        facts = [self._mail(to, message) for to, message in mails]
        facts += _once(fact for call in calls if (fact := self._call(call)))
        return sorted(facts, key=json.dumps)

    def _mail(self, to: str, message: EmailMessage) -> Json:
        """`repeats`: it has the Message-ID of an earlier one."""
        text, id_ = text_of(message), str(message["Message-ID"])
        link = LINK.search(text)
        fact = {
            "mail": to, "subject": str(message["Subject"]), "begins": _beginning(text),
            "says": sorted(set(QUOTED.findall(text))),
        }  # fmt: skip
        if link and to not in self._opened:
            self._opened.add(to)
            fact["opens"] = self._opens(link[0])
        if parent := message["In-Reply-To"]:
            fact["replies to"] = self._subjects.get(str(parent), "nothing that was sent")
        if id_ in self._subjects:
            fact["repeats"] = True
        self._subjects[id_] = fact["subject"]
        return fact

    def _opens(self, link: str) -> Json:
        """What the first link of somebody leads to: opening takes longer than sending."""
        page = self._doings.open(link)
        return {"status": page.status_code, "forms": sorted(set(_ACTIONS.findall(page.text)))}

    def _call(self, call: Json) -> Json | None:
        if call["to"] == "aws":
            return self._told(call)
        if call["method"] in _LOOKS:
            return None
        fact = {
            "slack": call["method"],
            "channel": conversation(call.get("channel", "")),
            "text": call.get("text", "")[:LENGTH],
        }
        blocks = json.dumps(call.get("blocks", call.get("view", "")), ensure_ascii=False)
        fact |= {"says": sorted(set(QUOTED.findall(blocks))), "buttons": re.findall(r'"action_id": "([^"]+)"', blocks)}
        if under := call.get("thread_ts") or call.get("ts"):
            fact["under" if "thread_ts" in call else "anew"] = self._said(under)
        return fact

    def _said(self, ts: str) -> str:
        """What a message was about when it was posted."""
        found = (QUOTED.search(str(one["text"])) for one in self._outside.said if one["ts"] == ts)
        return next((about[0] for about in found if about), "nothing that was said")

    def _told(self, call: Json) -> Json | None:
        token = call.get("taskToken", "")
        if call["operation"] == BEAT:
            self.beats[token] = self.beats.get(token, 0) + 1
            return None
        said = {name: _read(call[name]) for name in ("output", "error", "cause") if name in call}
        return {"aws": call["operation"], "token": token or call.get("executionArn", ""), **said}


def _once(facts: Iterable[Json]) -> Iterator[Json]:
    """Writing a message anew twice is the same as once; everything else counts each time."""
    anew: list[Json] = []
    for fact in facts:
        if fact not in anew:
            yield fact
        anew += [fact] if "anew" in fact else []


def _beginning(text: str) -> str:
    """The first words of a mail, which are for all of its event, and the first sentence below the title."""
    first, _, *others = text.split("\n\n")
    return f"{first}: {others[0].partition('.')[0]}" if others else first


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def link_to(doings: Doings, address: str, name: str, *, kind: str = "/r/", first: bool = False) -> str:
    """The link in the last (or first) mail to this address that speaks of an approval."""
    mails = doings.outside.mails
    for to, message in mails if first else reversed(mails):
        text = text_of(message)
        found = LINK.search(text)
        if address == to and f"«{name}»" in text and found and kind in found[0]:
            return found[0]
    raise LookupError(f"no mail to {address} about {name}")
