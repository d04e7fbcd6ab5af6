import base64
import socket
from collections.abc import Generator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from approvals.adapters.aws.clients import Clients
from approvals.adapters.security.token_vault import CannotOpen, KeyRing, Kms, parse_keys

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAb/secret+token=="


@given(token=st.text(min_size=1, max_size=2048), approval_id=st.text(min_size=1, max_size=64))
def test_what_is_sealed_opens_again_and_does_not_show_the_token(token: str, approval_id: str) -> None:
    ring = KeyRing([NEW])
    sealed = ring.seal(token, approval_id=approval_id)
    assert ring.open(sealed, approval_id=approval_id) == token
    assert len(token) < 4 or token.encode() not in sealed


@given(here=st.text(max_size=20), there=st.text(max_size=20))
def test_a_token_moved_to_another_approval_does_not_open(here: str, there: str) -> None:
    sealed = KeyRing([NEW]).seal(TOKEN, approval_id=here)
    if here != there:
        with pytest.raises(CannotOpen, match="belongs to another approval"):
            KeyRing([NEW]).open(sealed, approval_id=there)


@given(where=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(where: int, flip: int) -> None:
    sealed = bytearray(KeyRing([NEW]).seal(TOKEN, approval_id="approval-1"))
    sealed[where % len(sealed)] ^= flip
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).open(bytes(sealed), approval_id="approval-1")


@given(st.binary(max_size=100))
def test_anything_else_cannot_be_opened_either(noise: bytes) -> None:
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).open(noise, approval_id="approval-1")


def test_the_same_token_is_never_sealed_the_same() -> None:
    ring = KeyRing([NEW])
    assert len({ring.seal(TOKEN, approval_id="approval-1") for _ in range(50)}) == 50


def test_a_new_key_at_the_end_seals_and_the_old_one_still_opens() -> None:
    before = KeyRing([OLD]).seal(TOKEN, approval_id="approval-1")
    rotating = KeyRing([OLD, NEW])
    after = rotating.seal(TOKEN, approval_id="approval-1")
    assert rotating.open(before, approval_id="approval-1") == rotating.open(after, approval_id="approval-1") == TOKEN
    assert KeyRing([NEW]).open(after, approval_id="approval-1") == TOKEN
    with pytest.raises(CannotOpen, match="not among the keys"):
        KeyRing([NEW]).open(before, approval_id="approval-1")


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b""]])
def test_a_ring_without_keys_or_with_short_ones_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys)


# keys as text


def test_keys_are_read_oldest_first_with_or_without_padding() -> None:
    text = f"{base64.urlsafe_b64encode(OLD).decode()}, {base64.urlsafe_b64encode(FOREIGN).decode().rstrip('=')}"
    assert parse_keys(text) == [OLD, FOREIGN]


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("", "key 2 of 2 is empty"),
        ("c2hvcnQ", "key 2 of 2 has 5 bytes; it must have 32"),
        ("not/base64url-but-secret!", "key 2 of 2 is not base64url"),
        ("schlüssel", "key 2 of 2 is not base64url"),
        ("A" * 41, "key 2 of 2 is not base64url"),
    ],
)
def test_a_wrong_key_is_named_by_its_place_and_not_shown(second: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as raised:
        parse_keys(f"{base64.urlsafe_b64encode(OLD).decode()},{second}")
    assert not second or second not in str(raised.value)
    assert raised.value.__cause__ is None


# KMS


@pytest.fixture
def kms_client() -> Generator[Any]:
    with mock_aws():
        yield Clients().get("kms", region="eu-central-1")


@pytest.fixture
def kms(kms_client: Any) -> Kms:
    key = kms_client.create_key()["KeyMetadata"]["KeyId"]
    return Kms(lambda: kms_client, key_id=key)


def test_kms_opens_what_it_sealed_even_the_longest_token(kms: Kms) -> None:
    token = "t" * 2048
    assert kms.open(kms.seal(token, approval_id="approval-1"), approval_id="approval-1") == token


def test_kms_does_not_open_a_token_moved_to_another_approval(kms: Kms) -> None:
    sealed = kms.seal(TOKEN, approval_id="approval-1")
    with pytest.raises(CannotOpen, match="belongs to another approval"):
        kms.open(sealed, approval_id="approval-2")


def test_what_kms_refuses_for_now_may_open_later(kms: Kms, kms_client: Any) -> None:
    sealed = kms.seal(TOKEN, approval_id="approval-1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        nobody = Kms(lambda: Clients().get("kms", endpoint_url=url), key_id="any")
        with pytest.raises(EndpointConnectionError):
            nobody.open(sealed, approval_id="approval-1")
    with pytest.raises(kms_client.exceptions.NotFoundException):
        Kms(lambda: kms_client, key_id="alias/no-such-key").seal(TOKEN, approval_id="approval-1")


def test_each_kind_of_vault_reports_it_when_the_other_kind_sealed(kms: Kms) -> None:
    with pytest.raises(CannotOpen, match="sealed by KMS"):
        KeyRing([NEW]).open(kms.seal(TOKEN, approval_id="approval-1"), approval_id="approval-1")
    with pytest.raises(CannotOpen, match="gateway's own key"):
        kms.open(KeyRing([NEW]).seal(TOKEN, approval_id="approval-1"), approval_id="approval-1")
