"""The link in a mail to a channel: a member names their address, and gets a link of their own if they may answer."""

from typing import Literal

import pytest
from flask.testing import FlaskClient

from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.undelivered import MailReport
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on, send, state, submitted, words
from tests.fakes import PUBLIC_URL, World

ANA, ALIAS, BEN, RHEA = "ana@example.com", "a.silva@example.com", "ben@example.com", "rhea@example.com"
TEAM = "mail:team@example.com"
STAGES = tuple(Stage(groups=(Group(from_=(who,)),), notify=(TEAM,), quiet=True) for who in (ANA, BEN))
SAME = "If this address belongs to somebody who may answer, a link has been sent to it."
NOBODY = ["stranger@example.com", "team@example.com", BEN, RHEA, "ANA@example.org", "ana@example.com.evil.example"]


@pytest.fixture
def directory() -> Directory:
    return Directory(people={"ana": Person(id="ana", email=ANA, aliases=(ALIAS,))})


@pytest.fixture
def approval_id(world: World) -> str:
    """Ana may answer, Ben only later, and Rhea asks."""
    one = submitted(world, policy=Policy(stages=STAGES), requester=RHEA)
    world.deliver_all()
    return one


@pytest.fixture
def path(world: World, approval_id: str) -> str:
    return link(world, approval_id, holder=ForChannel())


def links_sent(world: World) -> list[tuple[str, str | None]]:
    """Who was sent a fresh link, and which."""
    world.deliver_all()
    return [(notice.to, found) for notice, _, found in world.mail.sent if notice.event == "refreshed"]


def test_the_mail_to_a_channel_has_the_channels_link(world: World, path: str) -> None:
    assert [(notice.to, found) for notice, _, found in world.mail.sent] == [("team@example.com", PUBLIC_URL + path)]


def test_the_outcome_is_mailed_to_a_channel_without_a_link(world: World, approval_id: str) -> None:
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="reject"), actor=BY_LINK, assurance="link")
    world.deliver_all()
    settled = [
        found for notice, _, found in world.mail.sent if (notice.event, notice.to) == ("settled", "team@example.com")
    ]
    assert settled == [None]


def test_the_page_shows_the_title_and_nothing_else_of_the_approval(
    world: World, client: FlaskClient, path: str
) -> None:
    page = client.get(path)
    content = state(world).content
    assert page.status_code == 200
    assert content.title in words(page)
    assert not [name for name in content.details if name in words(page)]
    assert "@" not in words(page)


@pytest.mark.parametrize("typed", [ANA, "ANA@Example.com", ALIAS, f"  {ALIAS} "])
def test_a_member_gets_a_link_of_their_own_at_the_address_that_is_known(
    world: World, client: FlaskClient, approval_id: str, path: str, typed: str
) -> None:
    response = send(client, path, address=typed)
    assert (response.status_code, SAME in words(response)) == (200, True)
    assert links_sent(world) == [(ANA, PUBLIC_URL + link(world, approval_id, holder=ForReviewer(0)))]
    last = world.gateway.audit(approval_id)[-1]
    assert (last.event, last.actor, last.facts) == ("link.refreshed", "channel", {"for": "ana"})


@pytest.mark.parametrize("typed", NOBODY)
def test_others_are_sent_nothing_and_read_the_same(world: World, client: FlaskClient, path: str, typed: str) -> None:
    before = state(world)
    other = send(client, path, address=typed)
    assert (links_sent(world), state(world)) == ([], before)
    member = send(client, path, address=ANA)
    assert other.headers.pop("X-Request-Id") != member.headers.pop("X-Request-Id")  # random, for each request
    assert (other.status_code, other.text, dict(other.headers)) == (200, member.text, dict(member.headers))


def test_one_link_is_sent_in_five_minutes_and_the_answer_stays_the_same(
    world: World, client: FlaskClient, path: str
) -> None:
    pages = {send(client, path, address=typed).text for typed in (ANA, ALIAS, ANA)}
    assert (len(pages), len(links_sent(world))) == (1, 1)
    world.clock.forward(minutes=5)
    send(client, path, address=ANA)
    assert len(links_sent(world)) == 2


def test_a_get_or_a_head_sends_nothing(world: World, client: FlaskClient, path: str) -> None:
    before = state(world)
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(path, method=method, query_string={"address": ANA})
    assert (links_sent(world), state(world)) == ([], before)


@pytest.mark.parametrize(
    "typed", ["", " ", "ana", "slack:U0ANA", "group:all", "<b>@example.com", f"Ana <{ANA}>", "a" * 9000]
)
def test_what_is_no_address_is_sent_back_with_the_reason(
    world: World, client: FlaskClient, path: str, typed: str
) -> None:
    response = send(client, path, address=typed)
    assert response.status_code == 422
    assert "e-mail address" in words(response)
    assert "<b>" not in response.text
    assert links_sent(world) == []


def test_a_post_that_is_not_from_our_page_sends_nothing(world: World, client: FlaskClient, path: str) -> None:
    nonce = nonce_on(client, path)
    assert client.post(path, data={"nonce": nonce, "address": ANA}).status_code == 403
    assert send(client, path, nonce="forged", address=ANA).status_code == 409
    assert client.post(path, json={"address": ANA}, headers=FROM_THE_PAGE).status_code == 415
    world.clock.forward(hours=25)
    fresh = link(world, "id-0001", holder=ForChannel())
    assert send(client, fresh, nonce=nonce, address=ANA).status_code == 409
    assert links_sent(world) == []


def test_a_settled_approval_is_called_that_and_nothing_is_sent(
    world: World, client: FlaskClient, approval_id: str, path: str
) -> None:
    nonce = nonce_on(client, path)
    world.gateway.cancel(approval_id, actor="ops", reason="over")
    assert "No answer is needed any more" in words(client.get(path))
    assert send(client, path, nonce=nonce, address=ANA).status_code == 409
    assert links_sent(world) == []


def test_an_expired_link_says_so(world: World, client: FlaskClient, path: str) -> None:
    world.clock.forward(days=40)
    page = client.get(path)
    assert (page.status_code, "This link has expired" in words(page)) == (410, True)


def test_a_channels_link_answers_for_nobody_and_a_persons_link_is_none_of_a_channel(
    world: World, client: FlaskClient, approval_id: str, path: str
) -> None:
    token = path.rpartition("/")[2]
    for other in (f"/r/{token}", f"/i/{token}"):
        assert client.get(other).status_code == 404
        posted = client.post(other, data={"nonce": nonce_on(client, path), "option": "approve"}, headers=FROM_THE_PAGE)
        assert posted.status_code == 404
    for holder in (ForReviewer(0), ForRequester()):
        theirs = link(world, approval_id, holder=holder).rpartition("/")[2]
        assert client.get(f"/l/{theirs}").status_code == 404
    assert not state(world).decisions


@pytest.mark.parametrize(("kind", "sent"), [("bounced", 1), ("complained", 0)])
def test_a_request_that_anybody_may_have_made_does_not_repair_an_address(
    world: World, client: FlaskClient, kind: Literal["bounced", "complained"], sent: int
) -> None:
    stage = Stage(groups=(Group(from_=(ANA, BEN)),))
    world.mail.receipts = ["mail-1", "mail-2"]
    one = submitted(world, policy=Policy(stages=(stage,)))
    world.deliver_all()
    world.gateway.record_mail_report(MailReport(receipt="mail-1", kind=kind, reason="no", sent_at=world.clock()))
    before = state(world, one).undelivered
    send(client, link(world, one, holder=ForChannel()), address=ANA)
    assert len(links_sent(world)) == sent
    assert state(world, one).undelivered == before != ()
