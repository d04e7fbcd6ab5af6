"""The inputs of a modal, and reading back what was put into them. Each block has the name that a fault has as its path
(`comment`, `confirmation`, `form.<name>`); what is wrong is judged by deciding.py alone, never here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.text import VALUE_LENGTH, fitted, inert, units
from approvals.domain.lifecycle.decide import comment_required, needs_confirmation
from approvals.domain.model.approval import Answer, Approval, Decision
from approvals.domain.model.forms import Question, Scalar
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid
from approvals.presentation.messages import slack as words
from approvals.presentation.problems import problem_sentence

if TYPE_CHECKING:
    from slack_sdk.models.blocks import InputBlock, InputInteractiveElement
    from slack_sdk.models.blocks import Option as Choice

COMMENT, CONFIRMATION, FORM, VALUE = "comment", "confirmation", "form.", "value"
LONGEST = 3000
"""What a text input of Slack takes; the page takes more."""
_RADIOS = 5
_TICKED = "true"


def inputs(approval: Approval, option: Option, standing: Decision | None) -> "Iterator[InputBlock]":
    """Return the inputs for the form's questions, the comment and the confirmation, filled with the recorded answer."""
    form = approval.form
    for name, question in (form.properties if form else {}).items():
        insists = form is not None and name in form.required and option.side == "approve"
        value = standing.form.get(name) if standing else question.default
        yield _question(name, question, value, required=insists)
    yield _comment(standing.comment if standing else "", required=comment_required(approval, option))
    if needs_confirmation(approval, option):
        yield _input(CONFIRMATION, words.type_to_confirm(inert(option.label, 75)), _text(longest=LONGEST))


def answer_of(values: object, *, approval: Approval, option: str) -> Answer:
    """Return the `state.values` of a view, of any content, as an answer that is still to be checked."""
    chosen = approval.content.option(option)
    form = approval.form
    given = {name: _given(question, _element(values, FORM + name)) for name, question in _questions(form).items()}
    typed = _typed(_element(values, CONFIRMATION))
    return Answer(
        option=option,
        comment=_typed(_element(values, COMMENT)),
        form={name: value for name, value in given.items() if value is not None},
        confirmation=chosen.label if chosen and _reads_as(typed, chosen.label) else typed,
    )


def shows_all(blocks: Iterable[Mapping[str, Any]], *, approval: Approval) -> bool:
    """Return whether a view has each question of the current step; the next step may have others."""
    shown = [block.get("block_id") for block in blocks]
    return all(FORM + name in shown for name in _questions(approval.form))


def errors_of(error: Invalid, *, approval: Approval) -> kit.Json:
    """The answer to a view that cannot be taken: each fault at its input, others at the comment's."""
    known = {CONFIRMATION, *(FORM + name for name in _questions(approval.form))}
    said: dict[str, list[str]] = {}
    for problem in error.problems:
        sentence = inert(problem_sentence(problem, approval.form), 300)
        said.setdefault(problem.path if problem.path in known else COMMENT, []).append(sentence)
    return {"response_action": "errors", "errors": {block: " ".join(sentences) for block, sentences in said.items()}}


def _questions(form: Any) -> dict[str, Question]:
    return form.properties if form else {}


def _comment(standing: str, *, required: bool) -> "InputBlock":
    return _input(COMMENT, words.COMMENT, _text(standing, multiline=True, longest=LONGEST), required=required)


def _question(name: str, question: Question, value: Scalar | None, *, required: bool) -> "InputBlock":
    label = question.title if inert(question.title) != inert("") else name
    insists = required and question.type != "boolean"  # an empty checkbox is an answer, too
    element = _element_for(question, value)
    return _input(FORM + name, label, element, required=insists, hint=question.description)


def _element_for(question: Question, value: Scalar | None) -> "InputInteractiveElement":
    if question.type == "boolean":
        return _checkbox(ticked=value is True)
    if question.enum is not None:
        return _choice(question.enum, value)
    if question.type == "string":
        return _written(question, "" if value is None else str(value))
    return _number(question, value)


def _written(question: Question, value: str) -> "InputInteractiveElement":
    from slack_sdk.models.blocks import DatePickerElement, EmailInputElement

    match question.format:
        case "date":
            return DatePickerElement(action_id=VALUE, initial_date=value or None)
        case "email":
            return EmailInputElement(action_id=VALUE, initial_value=value or None)
    longest = min(question.max_length or LONGEST, LONGEST)
    return _text(value, multiline=question.format == "multiline", longest=longest, least=question.min_length)


def _text(
    value: str = "", *, multiline: bool = False, longest: int, least: int | None = None
) -> "InputInteractiveElement":
    """Slack refuses a view whose initial value or least length does not fit into the input."""
    from slack_sdk.models.blocks import PlainTextInputElement

    longest = max(longest, min(units(value), LONGEST))  # which counts some characters as two
    return PlainTextInputElement(
        action_id=VALUE, multiline=multiline, max_length=longest, initial_value=fitted(value, longest) or None,
        min_length=least if least and least <= longest else None,
    )  # fmt: skip


def _number(question: Question, value: Scalar | None) -> "InputInteractiveElement":
    from slack_sdk.models.blocks import NumberInputElement

    whole, bounds = question.type == "integer", (question.minimum, question.maximum)
    least, most = (None if whole and (bound or 0) % 1 else _decimal(bound) for bound in bounds)
    return NumberInputElement(
        action_id=VALUE, is_decimal_allowed=not whole, initial_value=_decimal(value), min_value=least, max_value=most
    )


def _choice(values: tuple[Scalar, ...], chosen: Scalar | None) -> "InputInteractiveElement":
    """Return a choice whose values are positions, because the answers may be long or equal."""
    from slack_sdk.models.blocks import RadioButtonsElement, StaticSelectElement

    options = [kit.option(str(value), str(n)) for n, value in enumerate(values)]
    initial = options[values.index(chosen)] if chosen in values else None
    kind = RadioButtonsElement if len(options) <= _RADIOS else StaticSelectElement
    return kind(action_id=VALUE, options=options, initial_option=initial)


def _checkbox(*, ticked: bool) -> "InputInteractiveElement":
    from slack_sdk.models.blocks import CheckboxesElement

    yes: list[Choice] = [kit.option(words.YES, _TICKED)]
    return CheckboxesElement(action_id=VALUE, options=yes, initial_options=yes if ticked else None)


def _input(
    block: str, label: str, element: "InputInteractiveElement", *, required: bool = True, hint: str = ""
) -> "InputBlock":
    from slack_sdk.models.blocks import InputBlock

    said = kit.text(hint, 1000, lines=True) if hint.strip() else None
    return InputBlock(
        block_id=block, label=kit.text(label, 2 * VALUE_LENGTH), element=element, optional=not required, hint=said
    )


def _decimal(value: Scalar | None) -> str | None:
    """A number as Slack takes it: digits. What they cannot say exactly is not said, and judged when it comes."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**15:
        return None
    digits = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return digits if float(digits) == value else None


def _element(values: object, block: str) -> Mapping[str, Any]:
    at = values.get(block) if isinstance(values, dict) else None
    element = at.get(VALUE) if isinstance(at, dict) else None
    return element if isinstance(element, dict) else {}


def _typed(element: Mapping[str, Any]) -> str:
    value = element.get("value")
    return value if isinstance(value, str) else ""


def _given(question: Question, element: Mapping[str, Any]) -> Any:
    """Return the value of one input by the form's own rules; None for an empty input."""
    if question.type == "boolean":
        return bool(element.get("selected_options"))
    if question.enum is not None:
        return _chosen(question.enum, element.get("selected_option"))
    if question.format == "date" and question.type == "string":
        date = element.get("selected_date")
        return date if isinstance(date, str) else None
    return _typed(element) or None


def _chosen(values: tuple[Scalar, ...], option: object) -> Scalar | None:
    place = option.get("value") if isinstance(option, dict) else None
    return next((value for n, value in enumerate(values) if str(n) == place), None)


def _reads_as(typed: str, label: str) -> bool:
    """Return whether the typed text equals the shown one, which has no invisible characters."""
    return inert(typed, 75).casefold() == inert(label, 75).casefold()
