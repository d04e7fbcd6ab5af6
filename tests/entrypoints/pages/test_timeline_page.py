"""The picture and the list of what happens when, on the review page: after the answer, without script, and inert."""

import logging
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from approvals.adapters.database.store import SqlStore
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer, Note
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.entrypoints.app import create_app
from tests.builders import BY_LINK, a_submission
from tests.entrypoints.pages.review_page import link, words
from tests.fakes import World

STAGE = Stage(
    groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),),
    remind=("1h",),
    escalate=(Escalation(after="8h", to=("cleo@example.com",)),),
)
LATER = Stage(name="Legal", groups=(Group(from_=("dora@example.com",)),))


def opened(world: World, **changes: Any) -> str:
    changes = {"policy": Policy(stages=(STAGE, LATER), timeout="2d"), **changes}
    return link(world, world.gateway.submit(a_submission(**changes), caller="tests").approval_id)


def section(text: str) -> str:
    found = re.search(r'<section class="timeline".*?</section>', text, re.DOTALL)
    assert found, "there is no timeline on this page"
    return found[0]


def test_it_tells_what_was_what_comes_and_what_comes_after_that(world: World, client: FlaskClient) -> None:
    path = opened(world)
    world.clock.forward(minutes=10)
    world.gateway.decide("id-0001", reviewer=1, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    page = client.get(path)
    listed = re.findall(r"<li>(?:<time[^>]*>)?(.*?)</li>", section(page.text), re.DOTALL)
    assert [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in listed] == [
        "Mon 2 Mar 2026, 09:30 UTC ana@example.com and ben@example.com are asked.",
        "Mon 2 Mar 2026, 09:40 UTC ben@example.com answered “Approve”.",
        "Mon 2 Mar 2026, 10:30 UTC Everyone who has not answered is reminded.",
        "Mon 2 Mar 2026, 17:30 UTC cleo@example.com is asked too.",
        "Wed 4 Mar 2026, 09:30 UTC Time is up: the waiting state fails with the error Approval.TimedOut.",
        "When step 1 is done: dora@example.com is asked.",
    ]


def test_it_is_after_the_answer_and_has_words_for_who_cannot_see_it(world: World, client: FlaskClient) -> None:
    text = client.get(opened(world)).text
    assert text.index('id="answer"') < text.index('class="timeline"')
    picture = section(text)
    assert 'role="img" aria-labelledby="line-title line-desc"' in picture
    assert "Moments behind: 1. Moments to come if nobody answers: 3." in picture


def test_nothing_in_it_needs_more_than_the_style_sheet(world: World, client: FlaskClient) -> None:
    picture = section(client.get(opened(world)).text)
    assert re.search(r"style=|<script|<style|<image|href=|url\(|on[a-z]+=", picture) is None


def test_names_are_text(sqlite_url: str) -> None:
    hostile = "\u202e</title></svg><script>alert(1)</script>\"' {{ 7919*7907 }}"
    people = {
        "eve": Person(id="eve", name=hostile, email="eve@example.com"),
        "ben": Person(id="ben", email="b@example.com"),
    }
    world = World(sqlite_url, directory=Directory(people=people))
    stage = Stage(groups=(Group(from_=("eve",)),), name="<b>", escalate=(Escalation(after="1h", to=("ben",)),))
    path = opened(world, policy=Policy(stages=(stage, LATER)))
    picture = section(create_app(world.gateway).test_client().get(path).text)
    assert "alert(1)" in picture
    assert re.search(r"<script|\u202e|<b>|62615533", picture) is None
    assert picture.count("</svg>") == picture.count("<svg")
    world.close()


def test_of_a_settled_one_it_tells_how_it_went(world: World, client: FlaskClient) -> None:
    path = opened(world)
    world.clock.forward(hours=1)
    world.gateway.decide("id-0001", reviewer=1, answer=Answer(option="reject"), actor=BY_LINK, assurance="link")
    page = client.get(path)
    assert "What happened when" in words(page)
    assert "If nobody answers" not in words(page)
    assert ">rejected</text>" in section(page.text)


def test_when_time_is_up_and_nobody_has_swept_that_is_what_comes(world: World, client: FlaskClient) -> None:
    path = opened(world)
    world.clock.forward(days=3)
    assert "If nobody answers: Thu 5 Mar 2026, 09:30 UTC Time is up" in words(client.get(path))


class Forgetful(SqlStore):
    """Cannot tell what has happened to an approval."""

    def notes(self, approval_id: str) -> list[Note]:
        raise OSError(f"the notes of {approval_id} cannot be read")


def test_without_it_the_page_still_takes_answers(world: World, caplog: pytest.LogCaptureFixture) -> None:
    forgetful = world.another(store=Forgetful(world.database, new_id=world.new_id))
    with caplog.at_level(logging.ERROR):
        page = create_app(forgetful).test_client().get(opened(world))
    assert page.status_code == 200
    assert "<form" in page.text
    assert 'class="timeline"' not in page.text
    assert [record.event for record in caplog.records if hasattr(record, "event")] == ["page.timeline"]
