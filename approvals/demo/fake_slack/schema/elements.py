"""The interactive elements, with the limits that Slack's reference gives each of them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from approvals.demo.fake_slack.schema.texts import (
    Confirm,
    MarkedOption,
    Option,
    OptionGroup,
    Part,
    PlainText,
    Upto75,
    Upto150,
    Upto255,
    Upto2000,
    Upto3000,
)

Style = Literal["primary", "danger"]
Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Time = Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$")]
Moment = Annotated[int, Meta(ge=1_000_000_000, le=9_999_999_999)]
WebAddress = Annotated[str, Meta(min_length=1, max_length=3000, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:")]


class Element(Part, frozen=True, kw_only=True, tag_field="type"):
    pass


class Interactive(Element, frozen=True, kw_only=True):
    action_id: Upto255 | UnsetType = UNSET
    confirm: Confirm | UnsetType = UNSET


class Field(Interactive, frozen=True, kw_only=True):
    """What may stand in an input block as well."""

    focus_on_load: bool | UnsetType = UNSET


class Menu(Field, frozen=True, kw_only=True):
    placeholder: PlainText[Upto150] | UnsetType = UNSET


class Button(Interactive, frozen=True, kw_only=True, tag="button"):
    text: PlainText[Upto75]
    url: WebAddress | UnsetType = UNSET
    value: Upto2000 | UnsetType = UNSET
    style: Style | UnsetType = UNSET
    accessibility_label: Upto75 | UnsetType = UNSET


class Overflow(Interactive, frozen=True, kw_only=True, tag="overflow"):
    options: Annotated[list[Option], Meta(min_length=1, max_length=5)]


class Image(Element, frozen=True, kw_only=True, tag="image"):
    alt_text: Upto2000
    image_url: Upto3000


class StaticSelect(Menu, frozen=True, kw_only=True, tag="static_select"):
    options: Annotated[list[Option], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    option_groups: Annotated[list[OptionGroup], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    initial_option: Option | UnsetType = UNSET


class MultiStaticSelect(Menu, frozen=True, kw_only=True, tag="multi_static_select"):
    options: Annotated[list[Option], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    option_groups: Annotated[list[OptionGroup], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    initial_options: list[Option] | UnsetType = UNSET
    max_selected_items: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class UsersSelect(Menu, frozen=True, kw_only=True, tag="users_select"):
    initial_user: str | UnsetType = UNSET


class RadioButtons(Field, frozen=True, kw_only=True, tag="radio_buttons"):
    options: Annotated[list[MarkedOption], Meta(min_length=1, max_length=10)]
    initial_option: MarkedOption | UnsetType = UNSET


class Checkboxes(Field, frozen=True, kw_only=True, tag="checkboxes"):
    options: Annotated[list[MarkedOption], Meta(min_length=1, max_length=10)]
    initial_options: Annotated[list[MarkedOption], Meta(min_length=1)] | UnsetType = UNSET


class Datepicker(Menu, frozen=True, kw_only=True, tag="datepicker"):
    initial_date: Date | UnsetType = UNSET


class Timepicker(Menu, frozen=True, kw_only=True, tag="timepicker"):
    initial_time: Time | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class Datetimepicker(Field, frozen=True, kw_only=True, tag="datetimepicker"):
    initial_date_time: Moment | UnsetType = UNSET


class DispatchConfig(Part, frozen=True, kw_only=True):
    trigger_actions_on: list[Literal["on_enter_pressed", "on_character_entered"]]


class Typed(Element, frozen=True, kw_only=True):
    """Fields that are typed into, and that stand in input blocks only."""

    action_id: Upto255 | UnsetType = UNSET
    placeholder: PlainText[Upto150] | UnsetType = UNSET
    focus_on_load: bool | UnsetType = UNSET
    dispatch_action_config: DispatchConfig | UnsetType = UNSET


class PlainTextInput(Typed, frozen=True, kw_only=True, tag="plain_text_input"):
    initial_value: Annotated[str, Meta(max_length=3000)] | UnsetType = UNSET
    multiline: bool | UnsetType = UNSET
    min_length: Annotated[int, Meta(ge=0, le=3000)] | UnsetType = UNSET
    max_length: Annotated[int, Meta(ge=1, le=3000)] | UnsetType = UNSET


class EmailInput(Typed, frozen=True, kw_only=True, tag="email_text_input"):
    initial_value: str | UnsetType = UNSET


class UrlInput(Typed, frozen=True, kw_only=True, tag="url_text_input"):
    initial_value: str | UnsetType = UNSET


class NumberInput(Typed, frozen=True, kw_only=True, tag="number_input"):
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
InActions = (
    Button | Overflow | StaticSelect | MultiStaticSelect | UsersSelect | RadioButtons | Checkboxes | Datepicker
    | Timepicker | Datetimepicker
)  # fmt: skip
InSection = Button | Overflow | Image | Choosers
InInput = Choosers | Datetimepicker | PlainTextInput | EmailInput | UrlInput | NumberInput
