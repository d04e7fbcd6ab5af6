"""The Slack channel: post a notice to a person or a channel, reply in its thread, and update copies.

A post whose answer was lost is looked up by its key before it is posted again, so that nobody is asked twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from approvals.adapters.slack import sent_messages as slack_history
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import ConversationId, Receipt, SlackConversations
from approvals.adapters.slack.errors import NotDone, error_for_code, update_result
from approvals.adapters.slack.rate_limit import NONE
from approvals.domain.lifecycle.digest import OutcomeDigest
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.audience import Audience, ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.messages.topics import EventName

if TYPE_CHECKING:
    from approvals.adapters.slack.blocks.elements import MessageContent

PATIENCE = timedelta(seconds=15)
"""What may be used up before a post begins: with its own 10 s it ends within the lease."""
SHOWING = {"asked", "reminded", "escalated", "refreshed"}
"""Messages that show how the approval stands, unless a short reply was enough."""
REPLIES = {"reminded", "escalated", "settled"}
_NO_THREAD = {"cannot_reply_to_message", "restricted_action_non_threadable_channel", "thread_not_found"}
_MOVED = {"channel_not_found", "is_archived", "not_in_channel"}


class SlackChannel:
    """Implements ports.Channel. `conversations` says which conversation an address means."""

    def __init__(self, api: SlackApi, *, conversations: SlackConversations, clock: Callable[[], datetime]) -> None:
        self._api, self._conversations, self._clock = api, conversations, clock

    def send(
        self, notice: Notice, approval: Approval, *, link: str | None, thread: str | None = None,
        ambiguous: bool = False,
    ) -> Result:  # fmt: skip
        """`thread` is the receipt of the message that asked there; `ambiguous`: an earlier attempt may have arrived.

        Who is asked gets a message of its own, whatever stands there already.
        """
        began = self._clock()
        try:
            conversation = self._conversations.find(notice.to)
            above = None if notice.event == "asked" else _above(thread, conversation)
            if ambiguous and (found := self._arrived(notice, approval, conversation=conversation, above=above)):
                return found
            fresh = above is not None and self._fresh(above, notice, approval, link=link)
            if self._clock() - began > PATIENCE:
                return TryAgain("Slack answers slowly", ambiguous=ambiguous, kind="timeout")
            if (wait := self._api.rate_limit.turn(str(conversation))) > NONE:
                return TryAgain("Slack takes one message a second in a channel", after=wait, kind="throttled")
            words = _words(notice, approval, link=link, short=fresh)
            key = slack_history.message_key(notice, approval)
            receipt = str(self._post(notice.to, key, conversation=conversation, above=above, words=words))
            return Sent(receipt=receipt, copy=not fresh and _shows(notice), shown=approval.version)
        except NotDone as error:
            return error.result

    def send_outcomes(self, digest: OutcomeDigest, *, ambiguous: bool = False) -> Result | None:
        """Tell a person several outcomes in one message. The messages that asked show them in any case."""
        try:
            conversation = self._conversations.find(digest.to)
            if ambiguous:
                return self._arrived_together(digest, conversation)
            if (wait := self._api.rate_limit.turn(str(conversation))) > NONE:
                return TryAgain("Slack takes one message a second in a channel", after=wait, kind="throttled")
            key, words = slack_history.outcomes_key(digest), _outcomes(digest)
            return Sent(receipt=str(self._post(digest.to, key, conversation=conversation, above=None, words=words)))
        except NotDone as error:
            return error.result

    def update(
        self, receipt: str, approval: Approval, *, audience: Audience, link: str | None, looking: Sequence[str] = ()
    ) -> Result:
        """Update the message to the current state. It never posts a second message; doing it twice does no harm."""
        copy = Receipt.read(receipt)
        if copy is None:
            return GivenUp("this is no receipt of a message in Slack", kind="invalid")
        try:
            self._write(copy, approval, reviewer=approval.addressee(audience), link=link, looking=looking)
        except NotDone as error:
            return update_result(error)
        return Sent(receipt=receipt, shown=approval.version)

    def _arrived(
        self, notice: Notice, approval: Approval, *, conversation: ConversationId, above: Receipt | None
    ) -> Sent | None:
        """The message of an earlier attempt."""
        where, wanted = self._conversations.opened(conversation), slack_history.message_key(notice, approval)
        found = slack_history.find(self._api, wanted, conversation=where, above=above, since=approval.created_at)
        if found is None:
            return None
        receipt = Receipt(where.team, where.channel, str(found["ts"]))
        return Sent(receipt=str(receipt), copy=_shows(notice) and slack_history.has_buttons(found))

    def _arrived_together(self, digest: OutcomeDigest, conversation: ConversationId) -> Sent | None:
        where, wanted = self._conversations.opened(conversation), slack_history.outcomes_key(digest)
        since = min(line.approval.settled_at or line.approval.created_at for line in digest.lines)
        found = slack_history.find(self._api, wanted, conversation=where, above=None, since=since)
        return Sent(receipt=str(Receipt(where.team, where.channel, str(found["ts"])))) if found else None

    def _fresh(self, above: Receipt, notice: Notice, approval: Approval, *, link: str | None) -> bool:
        """Return whether a short reply is enough, because the message above could be updated and has a fresh link.

        If it was deleted or can no longer be changed, the reply is a whole message.
        """
        if notice.event not in REPLIES:
            return False
        if notice.event == "settled":  # the message is updated with the outcome in any case
            return True
        try:
            self._write(above, approval, reviewer=approval.addressee(notice.audience), link=link)
        except NotDone as error:
            if isinstance(error.result, TryAgain):
                raise NotDone(error.code, update_result(error)) from None
            return False
        return True

    def _write(
        self, copy: Receipt, approval: Approval, *, reviewer: Reviewer | None, link: str | None,
        looking: Sequence[str] = (),
    ) -> None:  # fmt: skip
        from approvals.adapters.slack.blocks import message as slack_blocks

        event: EventName = "asked" if approval.pending else "settled"
        words = slack_blocks.message(approval, event=event, reviewer=reviewer, link=link, looking=looking)
        self._api.call(
            "chat.update", team=copy.team, channel=copy.channel, ts=copy.ts, text=words.text, blocks=words.blocks
        )

    def _post(
        self, to: str, key: str, *, conversation: ConversationId, above: Receipt | None, words: "MessageContent"
    ) -> Receipt:
        message: dict[str, Any] = {
            "channel": above.channel if above else conversation.channel, "text": words.text, "blocks": words.blocks,
            "unfurl_links": False, "unfurl_media": False,
            "metadata": slack_history.message_metadata(key),
        }  # fmt: skip
        under = {"thread_ts": above.ts} if above else {}
        try:
            try:
                answer = self._api.call("chat.postMessage", team=conversation.team, **message, **under)
            except NotDone as error:
                if error.code not in _NO_THREAD or not above:
                    raise
                answer = self._api.call("chat.postMessage", team=conversation.team, **message)
        except NotDone as error:
            if error.code in _MOVED:
                self._conversations.forget(to)
                self._conversations.opened(conversation)
            raise
        if not answer.get("ts") or not answer.get("channel"):
            raise error_for_code("unreadable")
        self._conversations.learn(to, str(answer["channel"]))
        return Receipt(conversation.team, str(answer["channel"]), str(answer["ts"]))


def _above(thread: str | None, conversation: ConversationId) -> Receipt | None:
    """The message to reply to, where it stands in this very conversation."""
    found = Receipt.read(thread) if thread else None
    if found is None or found.team != conversation.team:
        return None
    return (
        found if found.channel == conversation.channel or (conversation.is_person and found.channel[0] == "D") else None
    )


def _shows(notice: Notice) -> bool:
    """Return whether the notice shows the approval's state. A question to the requester does not."""
    return notice.event in SHOWING and not isinstance(notice.audience, ForRequester)


def _outcomes(digest: OutcomeDigest) -> "MessageContent":
    from approvals.adapters.slack.blocks.outcomes import outcomes_message

    return outcomes_message(digest)


def _words(notice: Notice, approval: Approval, *, link: str | None, short: bool) -> "MessageContent":
    from approvals.adapters.slack.blocks import message as slack_blocks
    from approvals.adapters.slack.blocks import private_note

    if isinstance(notice.audience, ForRequester):
        return private_note.to_requester(approval, notice=notice, link=link)
    reviewer = approval.addressee(notice.audience)
    if reviewer and notice.event in private_note.EVENTS:
        return private_note.to_reviewer(approval, event=notice.event, reviewer=reviewer, link=link)
    if short:
        return slack_blocks.thread_reply(approval, event=notice.event, personal=reviewer is not None)
    return slack_blocks.message(approval, event=notice.event, reviewer=reviewer, link=link)
