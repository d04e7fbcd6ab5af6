"""Programs that open mails, follow links and send every form as it is: they change nothing and have nothing sent."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import msgspec
import pytest
from flask.testing import FlaskClient

from approvals.domain.directory.people import Directory
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForRequester
from tests.builders import BY_LINK
from tests.entrypoints.pages.action_forms import PEOPLE, asked, opened
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link
from tests.fakes import PUBLIC_URL, World

Field = tuple[str, str]


class Form(msgspec.Struct):
    """A form as it is: its fields with what is filled in, ticked or selected, and its buttons."""

    action: str
    fields: dict[str, str] = {}
    buttons: list[Field] = []

    def sendings(self) -> Iterator[dict[str, str]]:
        """What each of its buttons sends."""
        for name, value in self.buttons:
            yield {**self.fields, **({name: value} if name else {})}


class Forms(HTMLParser):
    """The forms of a page, as a program reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside, self._area, self._select = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = True
            self.found.append(Form(given.get("action", "")))
        elif self._inside:
            self._field(tag, given, self.found[-1])

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        match tag:
            case "button":
                form.buttons.append((name, value))
            case "input" if name and ticked:
                form.fields[name] = value
            case "textarea":
                self._area, form.fields[name] = name, ""
            case "select":
                self._select = name
            case "option" if self._select and (self._select not in form.fields or "selected" in given):
                form.fields[self._select] = value

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1].fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._select = "" if tag == "select" else self._select
        self._inside = self._inside and tag != "form"


def press_every_button(client: FlaskClient, path: str) -> list[int]:
    """Send each form of the page with each of its buttons, and those of the pages that come back, once."""
    statuses = []
    for form in Forms(client.get(path).text).found:
        for sent in form.sendings():
            response = client.post(form.action or path, data=sent, headers=FROM_THE_PAGE)
            statuses.append(response.status_code)
            for again in Forms(response.text).found:
                for repeated in again.sendings():
                    client.post(again.action or path, data=repeated, headers=FROM_THE_PAGE)
    return statuses


@pytest.fixture
def directory() -> Directory:
    return Directory(people=PEOPLE)


def of_reviewer(world: World) -> str:
    return opened(world, timeout_seconds=30 * 86400)


def of_claimant(world: World) -> str:
    path = of_reviewer(world)
    world.gateway.claim("id-0001", reviewer=0, actor=BY_LINK)
    return path


def of_who_has_answered(world: World) -> str:
    path = of_reviewer(world)
    answer = Answer(option="approve", comment="fine")
    world.gateway.decide("id-0001", reviewer=0, answer=answer, actor=BY_LINK, assurance="link")
    return path


def of_requester(world: World) -> str:
    return asked(world)


def of_requester_who_replied(world: World) -> str:
    asked(world)
    world.gateway.reply("id-0001", question=0, text="1234", actor=Actor(via="link", id="rhea@example.com"))
    return link(world, "id-0001", holder=ForRequester())


def of_inbox(world: World) -> str:
    opened(world)
    opened(world, task_token="another")
    return world.gateway.ports.links.inbox_url("id-0001", 0, now=world.clock()).removeprefix(PUBLIC_URL)


def expired(path_of: Callable[[World], str]) -> Callable[[World], str]:
    def path(world: World) -> str:
        found = path_of(world)
        world.gateway.extend("id-0001", until=world.gateway.approval("id-0001").latest_end, actor=BY_LINK)
        world.clock.forward(days=7, hours=1)
        return found

    return path


PAGES = {
    "reviewer": of_reviewer,
    "claimant": of_claimant,
    "who has answered": of_who_has_answered,
    "requester": of_requester,
    "requester who replied": of_requester_who_replied,
    "inbox": of_inbox,
    "expired page": expired(of_reviewer),
}


@pytest.mark.parametrize("path_of", PAGES.values(), ids=PAGES)
def test_a_program_that_presses_every_button_changes_nothing(
    world: World, client: FlaskClient, path_of: Callable[[World], str]
) -> None:
    path = path_of(world)
    world.deliver_all()
    world.mail.sent.clear()
    world.mail.digests.clear()
    before, notes = world.gateway.approval("id-0001"), world.gateway.audit("id-0001")
    assert press_every_button(client, path), "the page has forms"
    world.deliver_all()
    assert world.gateway.approval("id-0001") == before
    assert world.gateway.audit("id-0001") == notes
    assert world.mail.sent == []
    assert world.mail.digests == []


def test_a_program_has_no_list_sent(world: World, client: FlaskClient) -> None:
    path = of_inbox(world)
    world.clock.forward(days=6, hours=23)
    opened(world, task_token="new")
    world.deliver_all()
    world.clock.forward(hours=2)
    world.mail.sent.clear()
    world.mail.digests.clear()
    assert press_every_button(client, path) == [422]
    world.deliver_all()
    assert (world.mail.sent, world.mail.digests) == ([], [])


def test_every_form_of_a_page_says_what_to_choose(world: World, client: FlaskClient) -> None:
    assert set(press_every_button(client, of_reviewer(world))) == {422}
    for said in ("Tick the box, then press the button.", "Choose how much more time you need."):
        assert any(
            said in client.post(form.action or "/", data=form.fields, headers=FROM_THE_PAGE).text
            for form in Forms(client.get(link(world, "id-0001")).text).found
        )
