"""Conversations in Slack: find the one that an address means, and remember it for a while in this process."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import INVITE, NotDone
from approvals.adapters.slack.users import SlackPeople
from approvals.domain.model.messages.results import GivenUp

_ADDRESS = re.compile(r"(?:(?P<team>T[A-Z0-9]{2,20})/)?(?P<rest>.{1,320})", re.DOTALL)
_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")
_RECEIPT = re.compile(r"(T[A-Z0-9]{2,20})/([CGD][A-Z0-9]{2,20})/([0-9]{1,20}\.[0-9]{1,10})")
KINDS = "public_channel,private_channel"
REMEMBERED = timedelta(minutes=10)
"""A channel may be renamed, and its name given to another."""


class ConversationId(NamedTuple):
    """A conversation: a channel, or the direct messages with one person, for whom at first their own id stands."""

    team: str
    channel: str

    @property
    def is_person(self) -> bool:
        return self.channel[0] in "UWD"

    def __str__(self) -> str:
        return f"{self.team}/{self.channel}"


class Receipt(NamedTuple):
    """The receipt of a sent message, written T…/C…/1700000000.000100."""

    team: str
    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.team}/{self.channel}/{self.ts}"

    @classmethod
    def read(cls, text: str) -> "Receipt | None":
        found = _RECEIPT.fullmatch(text)
        return cls(*found.groups()) if found else None


class SlackConversations:
    """`people` finds somebody by e-mail address; None where the settings do not allow that."""

    def __init__(self, api: SlackApi, *, people: SlackPeople | None = None) -> None:
        self._api, self._people = api, people
        self._known: dict[tuple[str, str], tuple[str, datetime]] = {}

    def find(self, address: str) -> ConversationId:
        """`U…`, `C…`, `#name` or a person's e-mail address, maybe after `T…/`. Raises NotDone."""
        team, rest = self.split(address)
        if _CHANNEL.fullmatch(rest):
            return ConversationId(team, rest)
        now = self._api.clock()
        known, since = self._known.get((team, rest), ("", now))
        if not known or now - since > REMEMBERED:
            known = self._asked(team, rest)
            self._known[team, rest] = known, now
        return ConversationId(team, known)

    def learn(self, address: str, channel: str) -> None:
        """Cache the conversation in which Slack posted a message, so that its id need not be looked up."""
        team, rest = self.split(address)
        if _PERSON.fullmatch(rest):
            self._known[team, rest] = channel, self._api.clock()

    def opened(self, conversation: ConversationId) -> ConversationId:
        """Return the direct messages for a person's id. Slack's error also tells if the person cannot be reached."""
        if not _PERSON.fullmatch(conversation.channel):
            return conversation
        return ConversationId(
            conversation.team,
            str(
                self._api.call("conversations.open", team=conversation.team, users=conversation.channel)["channel"][
                    "id"
                ]
            ),
        )

    def split(self, address: str) -> tuple[str, str]:
        """Return the workspace, by default the first one, and the rest of the address."""
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise _unknown_conversation("this is no address in Slack")
        return found["team"] or self._api.default_team, found["rest"]

    def forget(self, address: str) -> None:
        """Drop a cached conversation that no longer exists, so that the next message looks it up again."""
        self._known.pop(self.split(address), None)

    def _asked(self, team: str, rest: str) -> str:
        if _PERSON.fullmatch(rest):
            return rest
        if rest.startswith("#"):
            return self._named(team, rest[1:])
        if "@" in rest and self._people:
            user = self._people.by_email(team, rest)
            if user:
                return user
            raise _unknown_conversation("nobody in the workspace has confirmed this e-mail address")
        raise _unknown_conversation("this is no address in Slack: U… for a person, #name or C… for a channel")

    def _named(self, team: str, name: str) -> str:
        """Find a channel by name among those that the app is in, private ones too: it can post to no others."""
        wanted = name.casefold()
        for channel in self._api.pages("users.conversations", team=team, of="channels", types=KINDS):
            if str(channel.get("name", "")).casefold() == wanted:
                return str(channel["id"])
        raise _unknown_conversation(f"the app is in no channel of this name: {INVITE}, or correct the name")


def _unknown_conversation(reason: str) -> NotDone:
    return NotDone("no_conversation", GivenUp(reason, recipient=True, kind="refused"))
