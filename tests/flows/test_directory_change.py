"""The directory file changes while approvals wait: people who left are no longer asked, new people are."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from approvals.adapters.directory.source import FileSource
from approvals.adapters.directory.watcher import DirectoryWatch
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.audience import ForReviewer
from approvals.entrypoints.app import create_app
from approvals.flows.gateway import Gateway
from tests.builders import BY_LINK, a_submission
from tests.fakes import PUBLIC_URL, World

FILE = """\
people:
  ana: {name: Ana, email: ana@example.com}
  ben: {name: Ben, email: ben@example.com}
  dan: {name: Dan, email: dan@example.com}
groups:
  finance: [ana, ben]
policies:
  refunds: {stages: [{groups: [{from: ["group:finance"], need: 2}]}]}
"""
CHANGED = FILE.replace("[ana, ben]", "[ana, dan]")
GONE = "You are no longer among the reviewers."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "directory.yml"
    path.write_text(FILE)
    return path


def process(world: World, path: Path) -> Gateway:
    """One that reads the file by itself."""
    watch = DirectoryWatch(FileSource(str(path)), clock=world.clock)
    return world.another(configuration=watch, reload_directory=watch.reload_directory)


@pytest.fixture
def gateway(world: World, path: Path) -> Gateway:
    world.gateway = process(world, path)
    return world.gateway


def submitted(world: World) -> str:
    approval_id = world.gateway.submit(a_submission(policy="refunds"), caller="tests").approval_id
    world.deliver_all()
    return approval_id


def after(world: World, change: Callable[[], object]) -> None:
    """Some seconds later, in each of which the worker looked for what is due."""
    change()
    for _ in range(5):
        world.clock.forward(seconds=1)
        world.sweep_all()


def page(world: World, approval_id: str, *, reviewer: int) -> str:
    """The words of the page that somebody's link leads to."""
    link = world.gateway.ports.links.url(approval_id, ForReviewer(reviewer), now=world.clock()).removeprefix(PUBLIC_URL)
    text = create_app(world.gateway).test_client().get(link).text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.usefixtures("gateway")
def test_who_left_the_group_cannot_answer_and_who_came_is_asked(world: World, path: Path) -> None:
    approval_id = submitted(world)
    assert sorted(world.mail.events) == [("asked", "ana@example.com"), ("asked", "ben@example.com")]
    assert GONE not in page(world, approval_id, reviewer=1)
    after(world, lambda: path.write_text(CHANGED))
    assert world.mail.events[2:] == [("asked", "dan@example.com")]
    assert GONE in page(world, approval_id, reviewer=1)
    with pytest.raises(Refused, match="Left"):
        world.gateway.decide(approval_id, reviewer=1, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    for reviewer in (0, 2):
        answer = Answer(option="approve")
        world.gateway.decide(approval_id, reviewer=reviewer, answer=answer, actor=BY_LINK, assurance="link")
    assert world.gateway.approval(approval_id).status == "approved"


@pytest.mark.parametrize(
    "edit",
    [
        lambda path: path.write_text(CHANGED.replace("refunds:", "refunds: {")),
        lambda path: path.write_text(CHANGED.replace("dan@example.com", "ana@example.com")),
        lambda path: path.write_text(CHANGED.replace("need: 2", "need: 3")),
        lambda path: path.write_bytes(b"\xff\xfe" + CHANGED.encode()),
        lambda path: path.unlink(),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_broken_edit_changes_nothing_and_the_fixed_one_is_taken(
    world: World, path: Path, edit: Callable[[Path], object]
) -> None:
    approval_id = submitted(world)
    before = world.gateway.approval(approval_id)
    after(world, lambda: edit(path))
    assert world.gateway.approval(approval_id) == before
    assert len(world.mail.events) == 2
    assert GONE not in page(world, approval_id, reviewer=1)
    ready = create_app(world.gateway).test_client().get("/readyz")
    assert ready.status_code == 200
    assert "that of 2026-03-02 09:30:00 UTC is used" in ready.json["directory"]
    after(world, lambda: path.write_text(CHANGED))
    assert world.mail.events[2:] == [("asked", "dan@example.com")]
    assert create_app(world.gateway).test_client().get("/readyz").json == {"status": "ok"}


@pytest.mark.usefixtures("gateway")
def test_a_person_who_is_put_back_is_among_those_who_are_asked_again(world: World, path: Path) -> None:
    approval_id = submitted(world)
    after(world, lambda: path.write_text(CHANGED))
    after(world, lambda: path.write_text(FILE))
    assert GONE not in page(world, approval_id, reviewer=1)
    assert GONE in page(world, approval_id, reviewer=2)


def test_processes_that_see_a_change_at_different_moments_do_not_undo_it_for_each_other(
    world: World, path: Path
) -> None:
    early = world.gateway = process(world, path)
    world.clock.forward(milliseconds=1900)
    late = process(world, path)
    approval_id = submitted(world)
    path.write_text(CHANGED)
    seen = []
    for _ in range(80):
        world.clock.forward(milliseconds=50)
        for gateway in (early, late):
            gateway.sweep()
            reviewers = world.gateway.approval(approval_id).reviewers
            seen.append([reviewer.name for reviewer in reviewers if reviewer.seats])
    assert seen[0] == ["Ana", "Ben"]
    assert [names for names, before in zip(seen[1:], seen, strict=False) if names != before] == [["Ana", "Dan"]]


@pytest.mark.usefixtures("gateway")
def test_nothing_is_looked_at_twice_while_nothing_changes(world: World, path: Path) -> None:
    submitted(world)
    path.unlink()
    path.mkdir()  # opening it now would fail
    for _ in range(20):
        world.clock.forward(milliseconds=99)
        assert world.gateway.sweep() == 0
    assert world.gateway.ports.configuration().wrong == ""
