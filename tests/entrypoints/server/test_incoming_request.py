"""A request that arrives in pieces: it is complete with its last byte, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.entrypoints.server.incoming_request import HEAD_BYTES, WHOLE_BYTES, IncomingRequest

HEAD = b"POST /v1/approvals HTTP/1.1\r\nHost: example.com\r\n"


def _with_length(body: bytes) -> bytes:
    return HEAD + f"Content-LENGTH:{len(body)}\r\n\r\n".encode() + body


def _chunked(chunks: list[bytes], trailer: bytes) -> bytes:
    sent = b"".join(f"{len(chunk):X};name=value\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\n" + trailer + b"\r\n"


pieces = st.sampled_from([b"\r\n", b"0\r\n\r\n", b"\r\n0\r\n\r\n", b"a", b"content-length: 9"])
tricky = st.lists(pieces, min_size=1).map(b"".join)
requests = st.one_of(
    st.just(HEAD + b"\r\n"),
    tricky.map(_with_length),
    st.builds(_chunked, st.lists(tricky, max_size=4), st.sampled_from([b"", b"Checksum: 1\r\n"])),
)


@given(request=requests, cuts=st.lists(st.integers(1, 40), max_size=30))
def test_it_is_complete_with_its_last_byte_and_not_before(request: bytes, cuts: list[int]) -> None:
    incoming, rest = IncomingRequest(), request
    for cut in cuts:
        piece, rest = rest[:cut], rest[cut:]
        incoming.add(piece)
        assert incoming.complete is (not rest)
    incoming.add(rest)
    assert incoming.complete
    assert incoming.has_its_length
    assert incoming.bytes == request


@pytest.mark.parametrize("size", [b"xyz", b"-5", b"0x5", b"", b"fffffffff"])
def test_a_malformed_chunk_need_not_be_waited_for(size: bytes) -> None:
    incoming = IncomingRequest()
    incoming.add(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
    assert incoming.complete


def test_a_body_that_is_too_large_need_not_be_waited_for() -> None:
    announced, sent = IncomingRequest(), IncomingRequest()
    announced.add(HEAD + f"Content-Length: {WHOLE_BYTES}\r\n\r\n".encode())
    sent.add(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffff\r\n" + b"x" * WHOLE_BYTES)
    assert announced.complete
    assert sent.complete
    assert not announced.has_its_length


def test_a_head_that_is_too_large_is_not_waited_for() -> None:
    incoming = IncomingRequest()
    incoming.add(HEAD + b"X: " + b"x" * HEAD_BYTES)
    assert incoming.head_too_large
    assert incoming.settled
    assert not incoming.complete


@pytest.mark.parametrize(("body", "expects"), [(b"", True), (b"x", False)])
def test_a_client_may_ask_before_it_sends_the_body(body: bytes, expects: bool) -> None:
    incoming = IncomingRequest()
    incoming.add(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n" + body)
    assert incoming.expects_continue is expects
