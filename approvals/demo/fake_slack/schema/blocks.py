"""The blocks of messages, modals and Home tabs. Other block types are rejected as unknown."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from approvals.demo.fake_slack.schema.elements import ActionsElement, Image, InputBlockElement, SectionElement
from approvals.demo.fake_slack.schema.texts import (
    BlockKitObject,
    Mrkdwn,
    PlainText,
    Upto150,
    Upto255,
    Upto2000,
    Upto3000,
    Upto12000,
)


class Block(BlockKitObject, frozen=True, kw_only=True, tag_field="type"):
    block_id: Upto255 | UnsetType = UNSET


class Section(Block, frozen=True, kw_only=True, tag="section"):
    text: PlainText[Upto3000] | Mrkdwn[Upto3000] | UnsetType = UNSET
    fields: Annotated[list[PlainText[Upto2000] | Mrkdwn[Upto2000]], Meta(min_length=1, max_length=10)] | UnsetType = (
        UNSET
    )
    accessory: SectionElement | UnsetType = UNSET
    expand: bool | UnsetType = UNSET


class Header(Block, frozen=True, kw_only=True, tag="header"):
    text: PlainText[Upto150]


class Divider(Block, frozen=True, kw_only=True, tag="divider"):
    pass


class Actions(Block, frozen=True, kw_only=True, tag="actions"):
    elements: Annotated[list[ActionsElement], Meta(min_length=1, max_length=25)]


class Context(Block, frozen=True, kw_only=True, tag="context"):
    elements: Annotated[list[PlainText[Upto2000] | Mrkdwn[Upto2000] | Image], Meta(min_length=1, max_length=10)]


class ImageBlock(Block, frozen=True, kw_only=True, tag="image"):
    image_url: Upto3000
    alt_text: Upto2000
    title: PlainText[Upto2000] | UnsetType = UNSET


class Input(Block, frozen=True, kw_only=True, tag="input"):
    label: PlainText[Upto2000]
    element: InputBlockElement
    hint: PlainText[Upto2000] | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    dispatch_action: bool | UnsetType = UNSET


class Markdown(Block, frozen=True, kw_only=True, tag="markdown"):
    text: Upto12000


MessageBlock = Section | Header | Divider | Actions | Context | ImageBlock | Input | Markdown
ViewBlock = Section | Header | Divider | Actions | Context | ImageBlock | Input
