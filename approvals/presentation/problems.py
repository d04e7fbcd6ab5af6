"""Sentences about problems with the fields of a form. Pages, Slack and the inbox show the same one."""

from collections.abc import Iterable

from approvals.domain.model.forms import Form
from approvals.domain.problems import Problem
from approvals.presentation.text import plain

_VERBS = frozenset({"has", "holds", "is", "may", "must", "needs"})
"""A message that begins with one of these has the field as its subject; any other message is a clause of its own."""
_FIELDS = {
    "comment": "The comment",
    "confirmation": "The confirmation",
    "option": "The answer",
    "reason": "The reason",
    "text": "The text",
    "to": "The name or address",
    "until": "The new deadline",
}
_QUESTION = "form."


def problem_sentence(problem: Problem, form: Form | None = None) -> str:
    """Return the sentence about one problem: “The comment may have at most 4000 characters.”"""
    message = plain(problem.message)
    about_the_field = message.partition(" ")[0] in _VERBS
    words = f"{field_name(problem.path, form)} {message}" if about_the_field else message
    return f"{words[:1].upper()}{words[1:]}."


def problem_sentences(problems: Iterable[Problem], form: Form | None = None) -> str:
    """Return the sentences about several problems, one after the other."""
    return " ".join(problem_sentence(problem, form) for problem in problems)


def field_name(path: str, form: Form | None = None) -> str:
    """Return the name of a field as a sentence begins with it: “The comment”; a question of the form by its title."""
    if path.startswith(_QUESTION):
        return f"“{question_title(form, path.removeprefix(_QUESTION))}”"
    return _FIELDS.get(path, "This")


def question_title(form: Form | None, name: str) -> str:
    """Return the title of a form's question, or its name where it has none."""
    question = form.properties.get(name) if form else None
    return plain((question.title if question else "") or name)
