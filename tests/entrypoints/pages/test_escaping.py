"""No page turns text into markup: whatever a submission, a person or an answer holds, its elements stay the same."""

from collections.abc import Callable

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.lifecycle.digest import DigestLine
from approvals.domain.model.approval import Answer, Approval, Status
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Execution, Link, Option, State, StateMachine
from approvals.domain.problems import Problem
from approvals.entrypoints.pages.inbox.model import AnswerResult, InboxPage, Item, arranged
from approvals.entrypoints.pages.inbox.routes import _page_of as inbox_page
from approvals.entrypoints.pages.review.model import Page, look, refilled
from approvals.entrypoints.pages.review.renderer import ReviewRenderer
from tests.builders import BY_LINK, NOW
from tests.entrypoints.pages.review_page import opened, submitted
from tests.fakes import World
from tests.support.web.escaping import HARMLESS, HOSTILE, WORST, parsed, with_text

FORM = Form(
    properties={
        "few": Question(title=HARMLESS, description=HARMLESS, enum=(HARMLESS, "b"), default=HARMLESS),
        "many": Question(title=HARMLESS, enum=(HARMLESS, *"abcde")),
        "note": Question(title=HARMLESS, description=HARMLESS, format="multiline"),
        "line": Question(title=HARMLESS, default=HARMLESS),
        "tell": Question(title=HARMLESS, type="boolean"),
    }
)
DETAILS = {
    HARMLESS: HARMLESS,
    "tree": {HARMLESS: [HARMLESS, {HARMLESS: HARMLESS}]},
    "rows": [{HARMLESS: HARMLESS, "b": 1}] * 2,
    "long": HARMLESS + "z " * 900,
    f"large {HARMLESS}": ["z" * 900] * 90,
}
EVERYTHING = {
    "title": HARMLESS, "requester": f"rhea {HARMLESS}", "tags": {HARMLESS: HARMLESS}, "map_item": (1, HARMLESS),
    "details": DETAILS, "form": FORM, "risk": "high", "sensitive": ("tree",),
    "links": (Link(label=HARMLESS, url=f"https://example.com/{HARMLESS}?a=1&copy={HARMLESS}"),),
    "options": (Option(id="a", label=HARMLESS, side="approve"), Option(id="b", label=f"no {HARMLESS}", side="reject")),
    "execution": Execution(id="arn:aws:states:eu-central-1:123456789012:execution:m:one", name=HARMLESS),
    "state": State(name=HARMLESS),
    "state_machine": StateMachine(id="arn:aws:states:eu-central-1:123456789012:stateMachine:m", name=HARMLESS),
    "policy": Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=2),), name=HARMLESS),
                             Stage(groups=(Group(from_=("cleo",)),)))),
}  # fmt: skip
ANSWER = Answer(option="a", comment=HARMLESS, confirmation=HARMLESS, form={"few": HARMLESS, "note": HARMLESS})
BRIEFLY = settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def directory() -> Directory:
    people = {n: Person(id=n, name=f"{n} {HARMLESS}", email=f"{n}@example.com") for n in ("ana", "ben", "cleo")}
    return Directory(people=people)


@pytest.fixture
def approval(world: World) -> Approval:
    """Ana has answered and asked a question, the requester has replied, and Ben looks at it."""
    gateway, one = world.gateway, submitted(world, **EVERYTHING)
    gateway.ask_question(one, reviewer=0, text=HARMLESS, actor=BY_LINK)
    gateway.reply(one, question=0, text=HARMLESS, actor=BY_LINK)
    gateway.decide(one, reviewer=0, answer=ANSWER, actor=BY_LINK, assurance="link")
    return gateway.claim(one, reviewer=1, actor=BY_LINK).approval


def to_answer(approval: Approval, text: str) -> Page:
    lost = Notice(about=Asked(0), channel="mail", to=f"{text}@example.com", audience=ForReviewer(0))
    return look(approval, viewer=ForReviewer(1), now=NOW, unreached=[(lost, text)])


def to_correct(approval: Approval, text: str) -> Page:
    paths = ("option", "comment", "confirmation", "form.few", "form.line")
    problems = tuple(Problem(path, f"must be {text}") for path in paths)
    return refilled(to_answer(approval, text), with_text(ANSWER, text), problems=problems, notice=text)


def answered(approval: Approval, text: str) -> Page:
    return replace(look(approval, viewer=ForReviewer(0), now=NOW), said=text)


def of_the_requester(approval: Approval, text: str) -> Page:  # noqa: ARG001
    return look(approval, viewer=ForRequester(), now=NOW)


def refused(approval: Approval, text: str) -> Page:
    return replace(to_answer(approval, text), situation="watching", reason=text)


def settled(approval: Approval, text: str) -> Page:
    after = replace(approval, status=Status.APPROVED, settled_at=NOW, callback_detail=text)
    return look(after, viewer=ForReviewer(0), now=NOW)


def items_of(approval: Approval) -> tuple[Item, ...]:
    """Return one that is answered with others, and one that is answered alone."""
    simple = replace(approval, content=replace(approval.content, form=None, risk="normal"))
    return arranged([(DigestLine(simple, 1), "/r/x"), (DigestLine(approval, 1), "/r/y")])


def listed(approval: Approval, text: str) -> str:
    page = InboxPage(
        person=approval.reviewers[1], items=items_of(approval), before=None, sent=with_text(ANSWER, text), notice=text,
        problems={"pick": text, "option": text},
    )  # fmt: skip
    return inbox_page("inbox/list.html", page=page, nonce="nonce").get_data(as_text=True)


def recorded(approval: Approval, text: str) -> str:
    verdicts = [AnswerResult(item=item, recorded=True, sentence=text) for item in items_of(approval)]
    return inbox_page("inbox/result.html", verdicts=verdicts, waiting=True, back="/i/x").get_data(as_text=True)


def same_elements(render: Callable[[str], str], text: str) -> None:
    harmless = parsed(render(HARMLESS))
    assert parsed(render(text), text) == harmless
    assert str(harmless).count(HARMLESS) > 3


@pytest.mark.parametrize("page", [to_answer, to_correct, answered, of_the_requester, refused, settled])
@BRIEFLY
@given(text=HOSTILE)
@example(text=WORST)
def test_the_review_page_has_the_same_elements_whatever_its_text(
    world: World, app: Flask, approval: Approval, page: Callable[[Approval, str], Page], text: str
) -> None:
    def render(text: str) -> str:
        with app.test_request_context("/r/token"):
            return ReviewRenderer(world.gateway).shown(page(with_text(approval, text), text)).get_data(as_text=True)

    same_elements(render, text)


@pytest.mark.parametrize("page", [listed, recorded])
@BRIEFLY
@given(text=HOSTILE)
@example(text=WORST)
def test_the_inbox_has_the_same_elements_whatever_its_text(
    app: Flask, approval: Approval, page: Callable[[Approval, str], str], text: str
) -> None:
    def render(text: str) -> str:
        with app.test_request_context("/i/token"):
            return page(with_text(approval, text), text)

    same_elements(render, text)


@pytest.mark.parametrize("template", ["errors/message.html", "errors/refused.html", "links/expired.html"])
@BRIEFLY
@given(text=HOSTILE)
@example(text=WORST)
def test_an_error_page_has_the_same_elements_whatever_its_text(app: Flask, template: str, text: str) -> None:
    def render(text: str) -> str:
        shown = dict.fromkeys(("title", "text", "notice", "back", "action", "nonce"), text)
        with app.test_request_context("/r/token"):
            return render_template(template, **shown)

    parsed_once = parsed(render(HARMLESS))
    assert parsed(render(text), text) == parsed_once


def test_a_link_opens_exactly_what_was_submitted(world: World, client: FlaskClient) -> None:
    """Named characters, too: a browser reads `&copy=` in an attribute that was not escaped as a sign of its own."""
    url = "https://shop.example.com/?a=1&copy=2&lt;3&amp;quot=%22'x"
    html = client.get(opened(world, links=(Link(label="Order", url=url),))).text
    assert [value for item in parsed(html) for name, value in attributes(item) if name == "href"].count(url) == 1


def attributes(item: object) -> list[tuple[str, str]]:
    return item[1] if isinstance(item, tuple) else []
