"""The fields of the review page's form: their values, their rules, and the problems of a submitted form."""

import msgspec

from approvals.domain.lifecycle.decide import COMMENT_LENGTH, comment_required, needs_confirmation
from approvals.domain.model.approval import Answer, Approval, Decision
from approvals.domain.model.forms import Question
from approvals.domain.model.submission import Option
from approvals.domain.problems import Problem
from approvals.presentation.messages.pages import OPTIONAL, REQUIRED, REQUIRED_TO_APPROVE, required_for
from approvals.presentation.problems import problem_sentence, question_title


class FieldError(msgspec.Struct, frozen=True):
    """One problem of the submitted form, and the id of the field to correct."""

    anchor: str
    sentence: str


class AnswerFields(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one rendering: empty, as it was `sent` with its `problems`, or with the recorded answer."""

    approval: Approval
    before: Decision | None = None
    sent: Answer | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def filled(self) -> Answer:
        """Return the values of the fields."""
        if self.sent or not self.before:
            return self.sent or Answer(option="")
        return Answer(option=self.before.option, comment=self.before.comment, form=self.before.form)

    @property
    def questions(self) -> dict[str, Question]:
        form = self.approval.form
        return form.properties if form else {}

    def value(self, name: str) -> str:
        """Return the value of a question's field as text; "true" for a ticked box."""
        question = self.questions[name]
        untouched = not self.sent and not self.before
        value = question.default if untouched else self.filled.form.get(name)
        if question.type == "boolean":
            return "true" if value in (True, "true", "on") else ""
        return "" if value is None else str(value)

    def title(self, name: str) -> str:
        """The title of a question."""
        return question_title(self.approval.form, name)

    def optional(self, name: str) -> bool:
        """Return whether a question may be left empty with every answer."""
        form = self.approval.form
        return form is None or name not in form.required

    def rule(self, name: str) -> str:
        """Return the words behind a question's label. Only approving options require answers."""
        if self.optional(name):
            return OPTIONAL
        return REQUIRED if self.insists else REQUIRED_TO_APPROVE

    @property
    def insists(self) -> bool:
        """Return whether every option needs the required questions, so that the browser can require them, too."""
        return all(option.side == "approve" for option in self.approval.content.options)

    @property
    def to_confirm(self) -> tuple[Option, ...]:
        """Return the options whose label has to be typed."""
        return tuple(o for o in self.approval.content.options if needs_confirmation(self.approval, o))

    @property
    def comment_length(self) -> int:
        return COMMENT_LENGTH

    @property
    def comment_rule(self) -> str:
        """Return the words behind the comment's label, which tell when it is required."""
        options = self.approval.content.options
        demanding = [option.label for option in options if comment_required(self.approval, option)]
        if not demanding:
            return OPTIONAL
        return REQUIRED if len(demanding) == len(options) else required_for(demanding)

    @property
    def troubles(self) -> tuple[FieldError, ...]:
        return tuple(FieldError(self._anchor(problem.path), self._sentence(problem)) for problem in self.problems)

    def trouble(self, path: str) -> str:
        """Return the problem of one field, or an empty text."""
        return next((self._sentence(problem) for problem in self.problems if problem.path == path), "")

    def _anchor(self, path: str) -> str:
        known = {"option", "comment", "confirmation", *(f"form.{name}" for name in self.questions)}
        return path.replace(".", "-", 1) if path in known else "answer"

    def _sentence(self, problem: Problem) -> str:
        return problem_sentence(problem, self.approval.form)
