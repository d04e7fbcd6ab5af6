"""Forms: the JSON Schema subset that a submission may ask reviewers to fill in, and the validation of answers."""

import re
import sys
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, field
from msgspec.structs import replace

from approvals.domain.problems import Problem
from approvals.domain.values import Value

Scalar = str | int | float | bool
LONGEST = 4000
"""Characters of a text answer."""
_LARGEST = sys.float_info.max
_DIGITS = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?|[+-]?(?:nan|inf(?:inity)?)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""The largest whole number whose last digit a float keeps."""
_BOOLEANS: dict[str | None, bool] = {"true": True, "on": True, "false": False, "": False, None: False}


class Question(Value, frozen=True, kw_only=True):
    """One property of a form: a string (also a date, an e-mail address or an enum), number, integer or boolean."""

    type: Literal["string", "number", "integer", "boolean"] = "string"
    title: Annotated[str, Meta(max_length=200)] = ""
    description: Annotated[str, Meta(max_length=1000)] = ""
    enum: Annotated[tuple[Scalar, ...], Meta(min_length=1, max_length=100)] | None = None
    format: Literal["date", "email", "multiline"] | None = None
    default: Scalar | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: Annotated[int, Meta(ge=0)] | None = None
    max_length: Annotated[int, Meta(ge=1, le=LONGEST)] | None = None


class Form(Value, frozen=True, kw_only=True):
    """A flat object of questions."""

    properties: Annotated[dict[Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,60}$")], Question], Meta(max_length=30)]
    type: Literal["object"] = "object"
    title: Annotated[str, Meta(max_length=200)] = ""
    required: tuple[str, ...] = ()
    additional_properties: Literal[False] | None = field(default=None)

    def and_then(self, more: "Form") -> "Form":
        """Return the questions of both forms; no name may be in both."""
        return Form(
            properties={**self.properties, **more.properties},
            title=self.title or more.title,
            required=(*self.required, *more.required),
        )


def form_problems(form: Form, path: str = "form") -> list[Problem]:
    """Yield the problems of a submitted form."""
    problems = [
        Problem(f"{path}.required", f"“{name}” is not among the properties")
        for name in form.required
        if name not in form.properties
    ]
    for name, question in form.properties.items():
        problems += _question_problems(question, f"{path}.properties.{name}")
    return problems


def _question_problems(question: Question, where: str) -> Iterator[Problem]:
    """Yield what could never be answered."""
    for n, value in enumerate(question.enum or ()):
        if problem := _problem(replace(question, enum=None), value):
            yield Problem(f"{where}.enum[{n}]", problem)
    if question.default is not None and (problem := _problem(question, question.default)):
        yield Problem(f"{where}.default", problem)
    if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        yield Problem(f"{where}.maximum", "is less than the minimum")
    if (question.min_length or 0) > LONGEST:
        yield Problem(f"{where}.minLength", f"may be at most {LONGEST}")
    elif (question.min_length or 0) > (question.max_length or LONGEST):
        yield Problem(f"{where}.maxLength", "is less than minLength")


def answers(form: Form, given: dict[str, Any], *, insist: bool = True) -> tuple[dict[str, Scalar], list[Problem]]:
    """Return the answers with their JSON types, and their problems; with `insist`, required ones must be there.

    Text from an HTML form is converted to its question's type: "3" is 3 for an integer, "" is no answer,
    and a missing boolean is false, since a checkbox sends nothing.
    """
    read: dict[str, Scalar] = {}
    problems = [Problem(f"form.{name}", "is not asked for") for name in given if name not in form.properties]
    for name, question in form.properties.items():
        value = _read(question, given.get(name))
        if value is None:
            if insist and name in form.required:
                problems.append(Problem(f"form.{name}", "is required"))
            continue
        problem = _problem(question, value)
        if problem:
            problems.append(Problem(f"form.{name}", problem))
        read[name] = value
    return read, problems


def _read(question: Question, value: Any) -> Any:
    """Convert a value to its question's type where that is unambiguous."""
    if question.type == "boolean":
        return _BOOLEANS.get(value, value) if isinstance(value, str | None) else value
    if value is None or value == "":
        return None
    if not isinstance(value, str) or question.type == "string":
        return value
    if _DIGITS.fullmatch(value):
        return int(value)
    return _number(float(value.replace(",", "."))) if _NUMBER.fullmatch(value.strip()) else value


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _problem(question: Question, value: Any) -> str | None:
    """Return the problem of one answer, or None."""
    match question.type:
        case "boolean":
            return None if isinstance(value, bool) else "must be true or false"
        case "string":
            problem = _text_problem(question, value)
        case kind:
            problem = _number_problem(question, value, whole=kind == "integer")
    if problem is None and question.enum is not None and value not in question.enum:
        return f"must be one of {', '.join(map(str, question.enum))}"
    return problem


def _text_problem(question: Question, value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if question.min_length is not None and len(value) < question.min_length:
        return f"needs at least {question.min_length} characters"
    longest = question.max_length or LONGEST
    if len(value) > longest:
        return f"may have at most {longest} characters"
    if question.format == "date" and not _is_date(value):
        return "must be a date such as 2026-03-31"
    if question.format == "email" and not (_EMAIL.fullmatch(value) and value.isprintable()):
        return "must be an e-mail address"
    return None


def _number_problem(question: Question, value: Any, *, whole: bool) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if not -_LARGEST <= value <= _LARGEST:
        return "must be a finite number"
    if whole and isinstance(value, float) and not value.is_integer():
        return "must be a whole number"
    if question.minimum is not None and value < question.minimum:
        return f"must be at least {question.minimum}"
    if question.maximum is not None and value > question.maximum:
        return f"must be at most {question.maximum}"
    return None


def _is_date(text: str) -> bool:
    """Return whether the text is a calendar date: Python also reads weeks, such as 2026-W01-1."""
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
