"""Text objects and options, with their maximum lengths. Every struct rejects unknown fields."""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

Upto24 = Annotated[str, Meta(min_length=1, max_length=24)]
Upto30 = Annotated[str, Meta(min_length=1, max_length=30)]
Upto75 = Annotated[str, Meta(min_length=1, max_length=75)]
Upto100 = Annotated[str, Meta(min_length=1, max_length=100)]
Upto150 = Annotated[str, Meta(min_length=1, max_length=150)]
Upto255 = Annotated[str, Meta(min_length=1, max_length=255)]
Upto300 = Annotated[str, Meta(min_length=1, max_length=300)]
Upto2000 = Annotated[str, Meta(min_length=1, max_length=2000)]
Upto3000 = Annotated[str, Meta(min_length=1, max_length=3000)]
Upto12000 = Annotated[str, Meta(min_length=1, max_length=12_000)]

Limited = TypeVar("Limited")


class BlockKitObject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of all Block Kit objects."""


class PlainText(BlockKitObject, Generic[Limited], frozen=True, kw_only=True, tag_field="type", tag="plain_text"):
    text: Limited
    emoji: bool | msgspec.UnsetType = msgspec.UNSET


class Mrkdwn(BlockKitObject, Generic[Limited], frozen=True, kw_only=True, tag_field="type", tag="mrkdwn"):
    text: Limited
    verbatim: bool | msgspec.UnsetType = msgspec.UNSET


class PlainOption(BlockKitObject, frozen=True, kw_only=True):
    """An option of a select menu, which shows plain text only."""

    text: PlainText[Upto75]
    value: Upto150
    description: PlainText[Upto75] | msgspec.UnsetType = msgspec.UNSET


class MrkdwnOption(BlockKitObject, frozen=True, kw_only=True):
    """An option of radio buttons or checkboxes, which may use mrkdwn."""

    text: PlainText[Upto75] | Mrkdwn[Upto75]
    value: Upto150
    description: PlainText[Upto75] | Mrkdwn[Upto75] | msgspec.UnsetType = msgspec.UNSET


class OptionGroup(BlockKitObject, frozen=True, kw_only=True):
    label: PlainText[Upto75]
    options: Annotated[list[PlainOption], Meta(min_length=1, max_length=100)]


class Confirm(BlockKitObject, frozen=True, kw_only=True):
    """A confirmation dialog."""

    title: PlainText[Upto100]
    text: PlainText[Upto300] | Mrkdwn[Upto300]
    confirm: PlainText[Upto30]
    deny: PlainText[Upto30]
    style: Literal["primary", "danger"] | msgspec.UnsetType = msgspec.UNSET
