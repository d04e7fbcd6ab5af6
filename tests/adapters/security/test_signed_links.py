import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from approvals.adapters.security.signed_links import SignedLinks
from approvals.domain.model.errors import BadLink, LinkExpired, LinkFromFuture, UnknownKey
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.records import Rendering
from tests.builders import NOW

KEY, OLD_KEY = "k" * 32, "o" * 32
LIFETIME = timedelta(days=14)


def links(*keys: str, public_url: str = "https://approvals.example.com") -> SignedLinks:
    return SignedLinks(keys or (KEY,), public_url=public_url, lifetime=LIFETIME)


def token_of(url: str) -> str:
    return url.rpartition("/r/")[2]


def signed(payload: Any, *, key: str = KEY, salt: str = "approvals.review-link") -> str:
    options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return str(URLSafeSerializer(key, salt=salt, signer_kwargs=options).dumps(payload))


ISSUED = int(NOW.timestamp())


def test_a_link_leads_to_its_approval_and_reviewer() -> None:
    url = links().url("approval-1", ForReviewer(3), now=NOW)
    assert url.startswith("https://approvals.example.com/r/")
    assert links().read(token_of(url), now=NOW + timedelta(days=3)) == ("approval-1", ForReviewer(3))


def test_a_public_url_may_have_a_path_and_end_in_a_slash() -> None:
    url = links(public_url="https://example.com/gate/").url("approval-1", ForReviewer(0), now=NOW)
    assert url.startswith("https://example.com/gate/r/")


def test_a_link_holds_an_id_a_number_and_a_time_and_nothing_else() -> None:
    payload = token_of(links().url("approval-1", ForReviewer(3), now=NOW)).partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(payload + "==")) == ["approval-1", 3, ISSUED]


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(minutes=-5), True),  # another machine's clock is ahead of ours
        (timedelta(0), True),
        (LIFETIME, True),
        (LIFETIME + timedelta(seconds=1), False),
        (timedelta(days=4000), False),
    ],
)
def test_a_link_is_good_for_its_lifetime_and_an_old_one_states_whose_it_was(age: timedelta, good: bool) -> None:
    token = token_of(links().url("approval-1", ForReviewer(3), now=NOW))
    if good:
        assert links().read(token, now=NOW + age) == ("approval-1", ForReviewer(3))
        return
    with pytest.raises(LinkExpired) as raised:
        links().read(token, now=NOW + age)
    assert (raised.value.approval_id, raised.value.holder) == ("approval-1", ForReviewer(3))


def test_a_link_from_a_clock_far_ahead_is_called_that_and_not_expired() -> None:
    token = token_of(links().url("approval-1", ForReviewer(3), now=NOW))
    with pytest.raises(LinkFromFuture):
        links().read(token, now=NOW - timedelta(minutes=5, seconds=1))


def test_a_whole_link_of_an_unknown_key_is_told_from_one_that_was_cut() -> None:
    whole = [
        token_of(links(OLD_KEY).url("approval-1", ForReviewer(3), now=NOW)),
        token_of(links(OLD_KEY).url("a" * 200, ForReviewer(3), now=NOW)),  # compressed
        token_of(links(OLD_KEY).url("approval-1", ForRequester(), now=NOW)),
    ]
    for token in whole:
        with pytest.raises(UnknownKey):
            links().read(token, now=NOW)
        for cut in (token[:-1], token[:-20], token.rpartition(".")[0], token[5:]):
            with pytest.raises(BadLink) as raised:
                links().read(cut, now=NOW)
            assert type(raised.value) is BadLink
    with pytest.raises(UnknownKey):
        links().read_inbox(links(OLD_KEY).inbox_url("approval-1", 3, now=NOW).rpartition("/")[2], now=NOW)


def test_a_link_of_ours_for_another_purpose_has_no_unknown_key() -> None:
    inbox = links().inbox_url("approval-1", 3, now=NOW).rpartition("/")[2]
    with pytest.raises(BadLink) as raised:
        links().read(inbox, now=NOW)
    assert type(raised.value) is BadLink


def test_a_key_is_rotated_by_adding_one_at_the_end() -> None:
    before = token_of(links(OLD_KEY).url("approval-1", ForReviewer(3), now=NOW))
    after = token_of(links(OLD_KEY, KEY).url("approval-1", ForReviewer(3), now=NOW))
    assert (
        links(OLD_KEY, KEY).read(before, now=NOW) == links(KEY).read(after, now=NOW) == ("approval-1", ForReviewer(3))
    )
    with pytest.raises(BadLink):
        links(KEY).read(before, now=NOW)


@pytest.mark.parametrize("keys", [[], ["k" * 31], [KEY, ""]])
def test_too_short_a_key_or_none_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        SignedLinks(keys, public_url="https://example.com", lifetime=LIFETIME)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        True,
        "approval-1",
        {"approval_id": "approval-1", "reviewer": 3, "issued": ISSUED},
        [],
        ["approval-1", 3],
        ["approval-1", 3, ISSUED, "more"],
        [1, 3, ISSUED],
        ["", 3, ISSUED],
        ["approval-1", True, ISSUED],
        ["approval-1", 3.0, ISSUED],
        ["approval-1", -3, ISSUED],
        ["approval-1", 10**30, ISSUED],
        ["approval-1", 3, False],
        ["approval-1", 3, str(ISSUED)],
        ["approval-1", 3, -1],
        ["approval-1", 3, 10**30],
        ["approval-1", 3, float("nan")],
        ["approval-1", 3, 250_000_000_001],
    ],
)
def test_what_is_signed_but_is_no_link_is_a_bad_link(payload: Any) -> None:
    with pytest.raises(BadLink) as raised:
        links().read(signed(payload), now=NOW)
    assert not isinstance(raised.value, LinkExpired)


def test_what_the_tests_sign_by_hand_is_what_links_sign() -> None:
    assert links().read(signed(["approval-1", 3, ISSUED]), now=NOW) == ("approval-1", ForReviewer(3))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "a.b",
        "x" * 1_000_000,
        "ünïcödé.signature",
        "\ud800",
        "\x00.\x00",
        signed(["approval-1", 3, ISSUED])[:-1],
        signed(["approval-1", 3, ISSUED]) + "A",
        signed(["approval-1", 3, ISSUED], key=OLD_KEY),
        signed(["approval-1", 3, ISSUED], salt="approvals.rendering"),
        signed(["approval-1", 3, ISSUED], salt="itsdangerous"),
        signed(["a" * 5000, 3, ISSUED]),
    ],
)
def test_what_is_forged_foreign_or_cut_short_is_a_bad_link(token: str) -> None:
    with pytest.raises(BadLink) as raised:
        links().read(token, now=NOW)
    assert not isinstance(raised.value, LinkExpired)


GENUINE = token_of(links().url("approval-1", ForReviewer(3), now=NOW))


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_.-]{1,200}", fullmatch=True))
def test_whatever_anybody_sends_is_a_bad_link(token: str) -> None:
    with pytest.raises(BadLink):
        links().read(token, now=NOW)
    with pytest.raises(BadLink):
        links().read_nonce(token)


@given(where=st.integers(0, len(GENUINE) - 1), character=st.sampled_from("ABCabc019-_.=é\x00 "))
def test_no_character_of_a_link_can_be_changed(where: int, character: str) -> None:
    changed = GENUINE[:where] + character + GENUINE[where + 1 :]
    if changed != GENUINE:
        with pytest.raises(BadLink):
            links().read(changed, now=NOW)


@given(
    approval_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    reviewer=st.integers(0, 1000),
    at=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    key=st.sampled_from([KEY, OLD_KEY]),
)
def test_a_nonce_gives_back_its_rendering_to_the_microsecond(
    approval_id: str, reviewer: int, at: datetime, key: str
) -> None:
    rendering = Rendering(approval_id, ForReviewer(reviewer), at, "f" * 64)
    assert links(OLD_KEY, KEY).read_nonce(links(key).nonce(rendering)) == rendering


def test_a_nonce_is_signed_for_its_own_purpose() -> None:
    payload = ["approval-1", 3, ISSUED * 1_000_000, "f" * 64]
    assert links().read_nonce(signed(payload, salt="approvals.rendering")) == Rendering(
        "approval-1", ForReviewer(3), NOW, "f" * 64
    )
    with pytest.raises(BadLink):
        links().read_nonce(signed(payload, salt="approvals.review-link"))


def test_a_link_is_no_nonce_and_a_nonce_is_no_link() -> None:
    nonce = links().nonce(Rendering("approval-1", ForReviewer(3), NOW, "f" * 64))
    with pytest.raises(BadLink):
        links().read(nonce, now=NOW)
    with pytest.raises(BadLink):
        links().read_nonce(GENUINE)
