"""Block elements, with the limits of Slack's reference."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from approvals.demo.fake_slack.schema.texts import (
    BlockKitObject,
    Confirm,
    MrkdwnOption,
    OptionGroup,
    PlainOption,
    PlainText,
    Upto75,
    Upto150,
    Upto255,
    Upto2000,
    Upto3000,
)

ButtonStyle = Literal["primary", "danger"]
IsoDate = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
TimeOfDay = Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$")]
UnixSeconds = Annotated[int, Meta(ge=1_000_000_000, le=9_999_999_999)]
WebAddress = Annotated[str, Meta(min_length=1, max_length=3000, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:")]


class Element(BlockKitObject, frozen=True, kw_only=True, tag_field="type"):
    pass


class Interactive(Element, frozen=True, kw_only=True):
    action_id: Upto255 | UnsetType = UNSET
    confirm: Confirm | UnsetType = UNSET


class InputElement(Interactive, frozen=True, kw_only=True):
    """An element that is also allowed in input blocks."""

    focus_on_load: bool | UnsetType = UNSET


class SelectMenu(InputElement, frozen=True, kw_only=True):
    placeholder: PlainText[Upto150] | UnsetType = UNSET


class Button(Interactive, frozen=True, kw_only=True, tag="button"):
    text: PlainText[Upto75]
    url: WebAddress | UnsetType = UNSET
    value: Upto2000 | UnsetType = UNSET
    style: ButtonStyle | UnsetType = UNSET
    accessibility_label: Upto75 | UnsetType = UNSET


class Overflow(Interactive, frozen=True, kw_only=True, tag="overflow"):
    options: Annotated[list[PlainOption], Meta(min_length=1, max_length=5)]


class Image(Element, frozen=True, kw_only=True, tag="image"):
    alt_text: Upto2000
    image_url: Upto3000


class StaticSelect(SelectMenu, frozen=True, kw_only=True, tag="static_select"):
    options: Annotated[list[PlainOption], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    option_groups: Annotated[list[OptionGroup], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    initial_option: PlainOption | UnsetType = UNSET


class MultiStaticSelect(SelectMenu, frozen=True, kw_only=True, tag="multi_static_select"):
    options: Annotated[list[PlainOption], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    option_groups: Annotated[list[OptionGroup], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    initial_options: list[PlainOption] | UnsetType = UNSET
    max_selected_items: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class UsersSelect(SelectMenu, frozen=True, kw_only=True, tag="users_select"):
    initial_user: str | UnsetType = UNSET


class RadioButtons(InputElement, frozen=True, kw_only=True, tag="radio_buttons"):
    options: Annotated[list[MrkdwnOption], Meta(min_length=1, max_length=10)]
    initial_option: MrkdwnOption | UnsetType = UNSET


class Checkboxes(InputElement, frozen=True, kw_only=True, tag="checkboxes"):
    options: Annotated[list[MrkdwnOption], Meta(min_length=1, max_length=10)]
    initial_options: Annotated[list[MrkdwnOption], Meta(min_length=1)] | UnsetType = UNSET


class Datepicker(SelectMenu, frozen=True, kw_only=True, tag="datepicker"):
    initial_date: IsoDate | UnsetType = UNSET


class Timepicker(SelectMenu, frozen=True, kw_only=True, tag="timepicker"):
    initial_time: TimeOfDay | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class Datetimepicker(InputElement, frozen=True, kw_only=True, tag="datetimepicker"):
    initial_date_time: UnixSeconds | UnsetType = UNSET


class DispatchConfig(BlockKitObject, frozen=True, kw_only=True):
    trigger_actions_on: list[Literal["on_enter_pressed", "on_character_entered"]]


class TextInput(Element, frozen=True, kw_only=True):
    """A text field, allowed in input blocks only."""

    action_id: Upto255 | UnsetType = UNSET
    placeholder: PlainText[Upto150] | UnsetType = UNSET
    focus_on_load: bool | UnsetType = UNSET
    dispatch_action_config: DispatchConfig | UnsetType = UNSET


class PlainTextInput(TextInput, frozen=True, kw_only=True, tag="plain_text_input"):
    initial_value: Annotated[str, Meta(max_length=3000)] | UnsetType = UNSET
    multiline: bool | UnsetType = UNSET
    min_length: Annotated[int, Meta(ge=0, le=3000)] | UnsetType = UNSET
    max_length: Annotated[int, Meta(ge=1, le=3000)] | UnsetType = UNSET


class EmailInput(TextInput, frozen=True, kw_only=True, tag="email_text_input"):
    initial_value: str | UnsetType = UNSET


class UrlInput(TextInput, frozen=True, kw_only=True, tag="url_text_input"):
    initial_value: str | UnsetType = UNSET


class NumberInput(TextInput, frozen=True, kw_only=True, tag="number_input"):
    is_decimal_allowed: bool
    initial_value: str | UnsetType = UNSET
    min_value: str | UnsetType = UNSET
    max_value: str | UnsetType = UNSET


Choosers = (
    StaticSelect
    | MultiStaticSelect
    | UsersSelect
    | RadioButtons
    | Checkboxes
    | Datepicker
    | Timepicker
)  # fmt: skip
ActionsElement = (
    Button | Overflow | StaticSelect | MultiStaticSelect | UsersSelect | RadioButtons | Checkboxes | Datepicker
    | Timepicker | Datetimepicker
)  # fmt: skip
SectionElement = Button | Overflow | Image | Choosers
InputBlockElement = Choosers | Datetimepicker | PlainTextInput | EmailInput | UrlInput | NumberInput
