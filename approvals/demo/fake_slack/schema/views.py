"""Modals and Home tabs without their blocks, which are validated one by one."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from approvals.demo.fake_slack.schema.texts import BlockKitObject, PlainText, Upto24

Metadata = Annotated[str, Meta(max_length=3000)]
Identifier = Annotated[str, Meta(max_length=255)]


class ViewSchema(BlockKitObject, frozen=True, kw_only=True, tag_field="type"):
    blocks: list[Any]
    private_metadata: Metadata | UnsetType = UNSET
    callback_id: Identifier | UnsetType = UNSET
    external_id: Identifier | UnsetType = UNSET


class ModalSchema(ViewSchema, frozen=True, kw_only=True, tag="modal"):
    title: PlainText[Upto24]
    submit: PlainText[Upto24] | UnsetType = UNSET
    close: PlainText[Upto24] | UnsetType = UNSET
    clear_on_close: bool | UnsetType = UNSET
    notify_on_close: bool | UnsetType = UNSET
    submit_disabled: bool | UnsetType = UNSET


class HomeSchema(ViewSchema, frozen=True, kw_only=True, tag="home"):
    pass
