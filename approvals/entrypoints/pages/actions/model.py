"""The actions on the review page, as values for its templates: pure, from the page and the known people."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from approvals.domain.calendar.absence import back
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.actions import TEXT_LENGTH, claimant, remindable, reminder_allowed_at
from approvals.domain.lifecycle.notices import requester_addresses
from approvals.domain.lifecycle.questions import MOST_QUESTIONS
from approvals.domain.lifecycle.reassign import may_reassign
from approvals.domain.model.action_state import ReviewerQuestion
from approvals.domain.model.approval import Approval
from approvals.domain.problems import Problem
from approvals.entrypoints.pages.form_security import SURE
from approvals.entrypoints.pages.review.model import Page
from approvals.presentation.messages.pages import longer_label
from approvals.presentation.names import actor_name, named_operator, reviewer_name
from approvals.presentation.problems import problem_sentence
from approvals.presentation.text import plain

LONGER = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))


class ShownClaim(msgspec.Struct, frozen=True):
    """The claim: its reviewer, since when, and whether that is the reader of the page."""

    name: str
    since: datetime
    me: bool


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question with its number and who asked it; `replier` is an operator who replied in place of the requester."""

    number: int
    asker: str
    question: ReviewerQuestion
    replier: str


class Principal(msgspec.Struct, frozen=True):
    """A person for whom this reviewer answers; `until` is the end of their absence, if they are away."""

    name: str
    until: datetime | None


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """The names that the templates use. `doing`, `typed` and `problem` describe the form that has to be corrected."""

    looking: ShownClaim | None
    principals: tuple[Principal, ...]
    questions: tuple[AskedQuestion, ...]
    may_claim: bool
    may_ask: bool
    may_give: bool
    gives_to_known: bool
    later: tuple[tuple[str, datetime], ...]
    to_remind: tuple[str, ...]
    """The names of the reviewers who would be reminded."""
    text_length: int = TEXT_LENGTH
    doing: str = ""
    typed: dict[str, str] = {}
    problem: Problem | None = None

    @property
    def unanswered(self) -> bool:
        """Return whether a question has no reply yet."""
        return any(not asked.question.reply for asked in self.questions)

    @property
    def offers(self) -> bool:
        """Return whether any action is possible."""
        return bool(self.may_claim or self.may_ask or self.may_give or self.later or self.to_remind)

    def value(self, form: str, name: str) -> str:
        """Return the text of a field."""
        return self.typed.get(name, "") if form == self.doing else ""

    @property
    def anchor(self) -> str:
        """Return the id of the field that has to be corrected."""
        if self.doing == "reply":
            return f"reply-{self.typed.get('inquiry', '')}"
        return {"text": "ask", SURE: self.doing}.get(self.problem.path, self.problem.path) if self.problem else ""

    @property
    def sentence(self) -> str:
        """Return the problem as a sentence."""
        return problem_sentence(self.problem) if self.problem else ""

    def trouble(self, form: str, name: str) -> str:
        """Return the problem of one field, or an empty text."""
        return self.sentence if self.problem and (form, name) == (self.doing, self.problem.path) else ""


def actions_of(page: Page, *, people: People) -> Actions:
    """Return the actions that the reader of the page may take now."""
    approval, acts = page.approval, page.answerable
    directory, told = people.directory, bool(requester_addresses(approval, people))
    return Actions(
        looking=_looking(page),
        principals=tuple(_principals(page, directory)),
        questions=tuple(_questions(approval)),
        may_claim=acts and page.situation == "open",
        may_ask=acts and told and len(approval.actions.questions) < MOST_QUESTIONS,
        may_give=page.situation == "open" and may_reassign(approval, directory),
        gives_to_known=approval.policy.reassign == "known",
        later=tuple(_later(approval)) if acts else (),
        to_remind=tuple(_to_remind(page)) if page.takes_posts else (),
    )


def _looking(page: Page) -> ShownClaim | None:
    claim = claimant(page.approval)
    if claim is None:
        return None
    mine = page.me is not None and claim.reviewer == page.me.number and claim.operator is None
    return ShownClaim(actor_name(page.approval, claim), claim.at, mine)


def _principals(page: Page, directory: Directory) -> Iterator[Principal]:
    for number in page.me.instead_of if page.me and page.answerable else ():
        reviewer = page.approval.reviewers[number]
        person = directory.person(reviewer.id)
        away = person.away_at(page.now) if person else None
        yield Principal(reviewer_name(reviewer), back(away, person.timezone) if person and away else None)


def _questions(approval: Approval) -> Iterator[AskedQuestion]:
    for number, question in enumerate(approval.actions.questions):
        yield AskedQuestion(number, actor_name(approval, question), question, named_operator(question.replied_by))


def _later(approval: Approval) -> Iterator[tuple[str, datetime]]:
    for longer in LONGER:
        if approval.deadline + longer <= approval.latest_end:
            yield longer_label(longer), approval.deadline + longer


def _to_remind(page: Page) -> Iterator[str]:
    free = reminder_allowed_at(page.approval)
    if page.approval.current_stage.quiet or (free and page.now < free):
        return
    for reviewer in remindable(page.approval, reviewer=page.me.number if page.me else None):
        yield plain(reviewer_name(reviewer))
