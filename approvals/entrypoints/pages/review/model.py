"""The review page as values for its templates: pure, from an approval, its viewer, and the moment."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.model.approval import Answer, Approval, CallbackState, Decision, Reviewer, Status
from approvals.domain.model.messages.audience import ForRequester, Holder
from approvals.domain.model.messages.failing import FailingMessage
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.problems import Problem
from approvals.entrypoints.pages.review.answer_form import AnswerFields
from approvals.presentation.details import flat
from approvals.presentation.lists import listed_html
from approvals.presentation.messages.pages import Situation, step_label
from approvals.presentation.names import actor_name, asked_name_html, given_sentence, option_label, reviewer_name
from approvals.presentation.problems import question_title
from approvals.presentation.refusals import assurance_sentence, reason_sentence
from approvals.presentation.text import plain
from approvals.presentation.unreachable import unreachable

Progress = Literal["done", "now", "later", "stopped"]

_LONG = 2000
_REFRESH_SECONDS = 3
_REFRESHED_FOR = timedelta(hours=1)
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_EXECUTION = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):states:([a-z0-9-]{1,30}):\d{12}:execution:[^\s\x00-\x1f\x7f-\x9f\"<>{}\[\]?*#%\\^|~`$&,;]+"
)
"""AWS refuses these characters in names, and allows all others in any script."""


class Step(msgspec.Struct, frozen=True):
    """One stage of the policy, as the page shows it."""

    name: str
    state: Progress


class RecordedAnswer(msgspec.Struct, frozen=True):
    """One recorded answer. `replaced` if the same person answered again in this stage; `void` if they turned out to be
    the requester or another reviewer."""

    decision: Decision
    name: str
    label: str
    form: list[tuple[str, str]]
    replaced: bool
    void: bool


class Page(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The values that the templates of the review page use. What they use several times is computed once."""

    approval: Approval
    viewer: Holder
    me: Reviewer | None
    """The reviewer who sees the page; None for the requester."""
    now: datetime
    situation: Situation
    fields: AnswerFields
    reason: str = ""
    """The reason why the viewer may not answer."""
    notice: str = ""
    """The reason why the submitted answer was not recorded."""
    said: str = ""
    """The message about the action that was just taken."""
    unreached: tuple[tuple[str, str], ...] = ()
    failing: FailingMessage | None = None
    """The callback, if it could not be delivered and is tried again."""

    @property
    def answerable(self) -> bool:
        return self.situation in ("open", "answered")

    @property
    def asking(self) -> bool:
        """Return whether the page is for the requester, and not for a reviewer."""
        return isinstance(self.viewer, ForRequester)

    @property
    def takes_posts(self) -> bool:
        """Return whether the page has a form."""
        return self.answerable or self.situation == "asking"

    @property
    def refresh_seconds(self) -> int | None:
        """Return when a page without JavaScript reloads itself to see whether the workflow has been notified.

        The intervals grow, and end after an hour.
        """
        settled_at = self.approval.settled_at
        if self.approval.callback is not CallbackState.WAITING or settled_at is None:
            return None
        waited = self.now - settled_at
        return max(_REFRESH_SECONDS, waited // timedelta(seconds=10)) if waited < _REFRESHED_FOR else None

    def hides(self, detail: str) -> bool:
        """Return whether sensitive details are hidden: only people who answer see them."""
        return self.asking and detail in self.approval.content.sensitive

    def visible(self, details: dict[str, Any]) -> dict[str, Any]:
        """Return the details without those that are hidden from this viewer."""
        return {name: value for name, value in details.items() if not self.hides(name)}

    @cached_property
    def mine(self) -> Decision | None:
        """Return the viewer's latest answer, in any stage."""
        return self.approval.latest().get(self.me.number) if self.me else None

    @property
    def given(self) -> str:
        """Return the sentence about the viewer's latest answer, which somebody may have given for them."""
        return given_sentence(self.mine, self.label(self.mine.option)) if self.mine else ""

    @property
    def steps(self) -> tuple[Step, ...]:
        stages = enumerate(self.approval.policy.stages)
        return tuple(Step(step_label(n, plain(stage.name)), _progress(self.approval, n)) for n, stage in stages)

    @cached_property
    def people(self) -> tuple[tuple[Reviewer, Decision | None], ...]:
        """Return the reviewers of the current stage with their answers in it."""
        latest = self.approval.latest(self.approval.stage)
        asked = [r for r in self.approval.reviewers if r.sits_in(self.approval.stage)]
        return tuple((reviewer, latest.get(reviewer.number)) for reviewer in asked)

    @cached_property
    def silent(self) -> Markup | None:
        """The names of those who are asked in this stage and have not answered in it."""
        names = [asked_name_html(self.approval, r, me=r is self.me) for r, decision in self.people if decision is None]
        return listed_html(names, cut=99) if names else None

    @cached_property
    def entries(self) -> tuple[RecordedAnswer, ...]:
        """Return all recorded answers, in order."""
        last = {(d.reviewer, d.stage): n for n, d in enumerate(self.approval.decisions)}
        return tuple(
            self._entry(decision, replaced=last[decision.reviewer, decision.stage] != n)
            for n, decision in enumerate(self.approval.decisions)
        )

    def _entry(self, decision: Decision, *, replaced: bool) -> RecordedAnswer:
        asked = self.approval.form_of(decision.stage)
        form = [row for name, value in decision.form.items() for row in flat({question_title(asked, name): value})]
        reviewer = self.approval.reviewers[decision.reviewer]
        void = not reviewer.sits_in(decision.stage)
        name = actor_name(self.approval, decision)
        return RecordedAnswer(decision, name, self.label(decision.option), form, replaced, void)

    def label(self, option_id: str) -> str:
        """Return the label of an option."""
        return option_label(self.approval, option_id)

    @property
    def console(self) -> str | None:
        execution = self.approval.content.execution
        return console_url(execution.id) if execution else None

    @property
    def long(self) -> bool:
        """Return whether the page is so long that a link to the answer form helps."""
        content = self.approval.content
        return self.answerable and len(content.description) + len(msgspec.json.encode(content.details)) > _LONG


def look(
    approval: Approval, *, viewer: Holder, now: datetime, unreached: Iterable[tuple[Notice, str]] = (),
    failing: FailingMessage | None = None,
) -> Page:  # fmt: skip
    """Return the page of a reviewer or the requester at this moment."""
    me = approval.addressee(viewer)
    situation, reason = _situation(approval, me, now)
    before = approval.latest(approval.stage).get(me.number) if me and situation == "answered" else None
    return Page(
        approval=approval,
        viewer=viewer,
        me=me,
        now=now,
        situation=situation,
        fields=AnswerFields(approval=approval, before=before),
        reason=reason,
        unreached=tuple(_unreached(approval, unreached)),
        failing=failing,
    )


def refilled(page: Page, sent: Answer, *, problems: tuple[Problem, ...] = (), notice: str = "") -> Page:
    """Return the page with the submitted values and their problems in its fields."""
    fields = msgspec.structs.replace(page.fields, sent=sent, problems=problems)
    return msgspec.structs.replace(page, fields=fields, notice=notice)


def console_url(arn: str) -> str | None:
    """Return the URL of the execution in the AWS console; None if the text is not the ARN of an execution."""
    match = _EXECUTION.fullmatch(arn)
    if match is None:
        return None
    partition, region = match.groups()
    path = f"states/home?region={region}#/v2/executions/details/{quote(arn, safe=':/@+=,~')}"
    return f"https://{region}.{_CONSOLES[partition]}/{path}"


def columns(value: Any) -> list[str]:
    """Return the shared keys of a list of small flat objects, which the page shows as a table; else nothing."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(item, dict) for item in value):
        return []
    keys = list(value[0])
    flat_alike = all(list(item) == keys and not any(map(_nested, item.values())) for item in value)
    return keys if flat_alike and 1 < len(keys) <= 4 else []


def _nested(value: object) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, str) and len(value) > 80)


def _situation(approval: Approval, me: Reviewer | None, now: datetime) -> tuple[Situation, str]:
    if not approval.pending:
        return "settled", ""
    if now >= approval.deadline:
        return "late", ""
    if me is None:
        return "asking", ""
    why_not = assurance_sentence(approval.policy.assurance) or reason_sentence(may_answer(approval, me.number))
    if why_not:
        return "watching", why_not
    return ("answered" if me.number in approval.latest(approval.stage) else "open"), ""


def _progress(approval: Approval, number: int) -> Progress:
    if number < approval.stage or (number == approval.stage and approval.status is Status.APPROVED):
        return "done"
    if number > approval.stage:
        return "later"
    return "now" if approval.pending else "stopped"


def _unreached(approval: Approval, notices: Iterable[tuple[Notice, str]]) -> Iterator[tuple[str, str]]:
    """Yield who could not be reached and why: unreachable reviewers, then the other notices that did not arrive."""
    named = {reviewer.number: why for reviewer, why in unreachable(approval)}
    yield from ((reviewer_name(approval.reviewers[number]), why) for number, why in named.items())
    for notice, why in notices:
        reviewer = approval.addressee(notice.audience)
        if reviewer is None or reviewer.number not in named:
            yield _addressee(approval, notice), why


def _addressee(approval: Approval, notice: Notice) -> str:
    """Return the name of a recipient who could not be reached; an address is shown without its host."""
    address = notice.to.partition("@")[0] + "@…" if "@" in notice.to else notice.to
    reviewer = approval.addressee(notice.audience)
    person = reviewer_name(reviewer) if reviewer else notice.to
    return address if person == notice.to else f"{person} ({address})"
