"""Links as they arrive: with what stood around them in the message, and broken by what carried it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from approvals.adapters.security.signed_links import SignedLinks
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.policy import Policy
from approvals.entrypoints.pages.link_token import link_token
from tests.builders import NOW
from tests.entrypoints.pages.review_page import BOTH, FROM_THE_PAGE, link, nonce_on, opened, send, state, words
from tests.fakes import PUBLIC_URL, World

AFTER = [
    ".", ")", ">", " ", ",", ";", ":", "!", "?x", "'", '"', "”", "’", "»", "]", "}", "*", "_", "-", "--", "…", "/",
    ")/", "&gt;", "&quot;", "</a>", "</a><br/>", ">.", ").", "\n", "\r\n", "=20", "=\r\n", "%20", "%3E", "\u200b",
    "\ufeff", "\u00a0", " and so on", "\u200band", "|", "\\", "^", "`",
]  # fmt: skip
INSIDE = ["=\r\n", "=\n", "\r\n ", "\n", " ", "\u200b", "\u00ad", "\u2060", "\ufeff"]
Path = Callable[[World], str]


def of_requester(world: World) -> str:
    opened(world)
    return link(world, "id-0001", holder=ForRequester())


def of_inbox(world: World) -> str:
    opened(world)
    return world.gateway.ports.links.inbox_url("id-0001", 0, now=world.clock()).removeprefix(PUBLIC_URL)


PATHS: dict[str, Path] = {"review": opened, "requester": of_requester, "inbox": of_inbox}
LINKS = SignedLinks(["k" * 32], public_url="https://approvals.example.com", lifetime=timedelta(days=7))


@pytest.mark.parametrize("path_of", PATHS.values(), ids=PATHS)
def test_a_link_works_with_what_stood_around_it(path_of: Path, world: World, client: FlaskClient) -> None:
    path = path_of(world)
    opens = {after: client.get(_with(path, after)).status_code for after in AFTER}
    assert {after: status for after, status in opens.items() if status != 200} == {}
    token = path[3:]
    assert client.get(f"{path[:3]}{quote('<' + token + '>')}").status_code == 200


@pytest.mark.parametrize("path_of", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("inside", INSIDE, ids=repr)
def test_a_link_works_that_was_broken_over_lines(path_of: Path, inside: str, world: World, client: FlaskClient) -> None:
    path = path_of(world)
    for at in (8, len(path) // 2, len(path) - 9):
        assert client.get(quote(f"{path[:at]}{inside}{path[at:]}", safe="/")).status_code == 200


@pytest.mark.parametrize("after", [".", ">", " ", "</a>", "/"])
def test_the_answer_and_the_forms_of_such_a_page_are_taken(after: str, world: World, client: FlaskClient) -> None:
    path = opened(world)
    dirty = _with(path, after)
    assert f'action="{path}/ask"' in client.get(dirty).text
    response = client.post(dirty, data={"nonce": nonce_on(client, path), "option": "approve"}, headers=FROM_THE_PAGE)
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert len(state(world).decisions) == 1


def test_an_expired_link_with_something_after_it_brings_a_fresh_one(world: World, client: FlaskClient) -> None:
    path = opened(world, policy=Policy(stages=BOTH.stages, timeout="30d"))
    world.clock.forward(days=8)
    assert f'action="{path}/fresh"' in client.get(_with(path, ").")).text


def test_an_address_that_no_form_has_is_still_none(world: World, client: FlaskClient) -> None:
    path = opened(world)
    assert client.get(f"{path}/ask").status_code == 405
    assert client.get(f"{path}/nothing").status_code == 404
    assert client.get(f"{path}A").status_code == 404


@given(
    approval_id=st.from_regex(r"[a-z0-9-]{1,200}", fullmatch=True),
    number=st.integers(0, 99),
    after=st.just("") | st.from_regex(r"[^A-Za-z0-9](.|\n){0,20}", fullmatch=True),
    before=st.from_regex(r"[^A-Za-z0-9_.-]{0,5}", fullmatch=True),
)
def test_every_token_is_found_whatever_follows_it(approval_id: str, number: int, after: str, before: str) -> None:
    token = LINKS.url(approval_id, ForReviewer(number), now=NOW).rpartition("/")[2]
    assert link_token(f"{before}{token}{after}") == token


@given(
    cuts=st.dictionaries(st.integers(1, 60), st.sampled_from(INSIDE), max_size=4),
    approval_id=st.from_regex(r"[a-z0-9-]{1,90}", fullmatch=True),
)
def test_every_token_is_found_however_it_was_broken(cuts: dict[int, str], approval_id: str) -> None:
    token = broken = LINKS.url(approval_id, ForReviewer(0), now=NOW).rpartition("/")[2]
    for at, inside in sorted(cuts.items(), reverse=True):
        broken = f"{broken[:at]}{inside}{broken[at:]}"
    assert link_token(broken) == token


def test_a_link_of_a_key_that_was_dropped_says_so(world: World, client: FlaskClient) -> None:
    opened(world)
    for kind, url in {
        "r": OLD.url("id-0001", ForReviewer(0), now=NOW),
        "i": OLD.inbox_url("id-0001", 0, now=NOW),
    }.items():
        path = f"/{kind}/{url.rpartition('/')[2]}"
        page = client.get(path)
        assert page.status_code == 404
        assert "This link was made with a key that is no longer in use" in words(page)
        assert "cut in two" not in words(page)
        assert "cut in two" in words(client.get(path[:-9]))
        assert send(client, path, nonce="x", option="approve").status_code == 404


OLD = SignedLinks(["o" * 32], public_url=PUBLIC_URL, lifetime=timedelta(days=7))


@pytest.mark.parametrize("seconds", [1, 90, 300])
def test_a_clock_that_is_ahead_makes_no_link_expire(seconds: int, world: World, client: FlaskClient) -> None:
    path = opened(world)
    world.clock.forward(seconds=-seconds)
    assert client.get(path).status_code == 200
    assert send(client, path, option="approve").status_code == 303


def test_a_clock_that_is_far_ahead_is_named(world: World, client: FlaskClient) -> None:
    path = opened(world)
    world.clock.forward(seconds=-301)
    page = client.get(path)
    assert (page.status_code, "This link is dated in the future" in words(page)) == (404, True)
    assert "expired" not in page.text


def _with(path: str, after: str) -> str:
    """The address as a browser sends it: what is after `?` is no part of the path."""
    return path + (after if after.startswith("?") else quote(after, safe="/"))
