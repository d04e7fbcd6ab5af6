"""The few kinds of blocks that we use, made by slack_sdk, which checks Slack's limits. It is imported when the first
block is made: no cold start pays for it. Nothing of a sender's ever reaches `ours`, the only mrkdwn there is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from approvals.adapters.slack.blocks import text as slack_text
from approvals.adapters.slack.blocks.text import inert

if TYPE_CHECKING:
    from slack_sdk.models.blocks import (
        ActionsBlock,
        Block,
        ButtonElement,
        ContextBlock,
        HeaderBlock,
        InteractiveElement,
        MarkdownTextObject,
        Option,
        OverflowMenuElement,
        PlainTextObject,
        SectionBlock,
        TextObject,
    )

Json = dict[str, Any]
Style = Literal["primary", "danger"]
MOST_FIELDS = 10


class MessageContent(NamedTuple):
    """The content for chat.postMessage and chat.update. `text` is the fallback for notifications, as escaped mrkdwn."""

    text: str
    blocks: list[Json]


def text(words: str, length: int = 3000, *, lines: bool = False) -> "PlainTextObject":
    """Return text from outside as plain_text without markup or emoji names."""
    from slack_sdk.models.blocks import PlainTextObject

    return PlainTextObject(text=inert(words, length, lines=lines), emoji=False)


def ours(words: str, at: datetime | None = None) -> "MarkdownTextObject":
    """Return text of our own as mrkdwn, followed by a moment."""
    from slack_sdk.models.blocks import MarkdownTextObject

    return MarkdownTextObject(text=f"{words} {slack_text.date(at)}" if at else words, verbatim=True)


def header(words: str) -> "HeaderBlock":
    from slack_sdk.models.blocks import HeaderBlock

    return HeaderBlock(text=text(words, 150))


def section(words: "TextObject", accessory: "InteractiveElement | None" = None) -> "SectionBlock":
    from slack_sdk.models.blocks import SectionBlock

    return SectionBlock(text=words, accessory=accessory)


def fields(parts: Sequence["TextObject"]) -> "SectionBlock":
    """Return a section of at most MOST_FIELDS fields."""
    from slack_sdk.models.blocks import SectionBlock

    return SectionBlock(fields=parts)


def context(parts: Sequence["TextObject"]) -> "ContextBlock":
    """Return a context block of at most 10 elements."""
    from slack_sdk.models.blocks import ContextBlock

    return ContextBlock(elements=parts)


def actions(elements: Sequence["InteractiveElement"]) -> "ActionsBlock":
    """Return a row of at most 25 elements."""
    from slack_sdk.models.blocks import ActionsBlock

    return ActionsBlock(elements=elements)


def divider() -> "Block":
    from slack_sdk.models.blocks import DividerBlock

    return DividerBlock()


def button(
    label: str, action: str, *, value: str | None = None, url: str | None = None, style: Style | None = None
) -> "ButtonElement":
    from slack_sdk.models.blocks import ButtonElement

    return ButtonElement(text=text(label, 75), action_id=action, value=value, url=url, style=style)


def option(label: str, value: str) -> "Option":
    from slack_sdk.models.blocks import Option

    return Option(text=text(label, 75), value=value)


def overflow(action: str, options: Sequence["Option"]) -> "OverflowMenuElement":
    """Return the “⋯” menu of at most five options."""
    from slack_sdk.models.blocks import OverflowMenuElement

    return OverflowMenuElement(action_id=action, options=options)


def written(blocks: Iterable["Block"]) -> list[Json]:
    """Return the blocks as JSON. Raises SlackObjectFormationError for one that Slack would refuse."""
    return [block.to_dict() for block in blocks]
