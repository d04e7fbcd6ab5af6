"""Requests to the review page: only a form of ours decides, and no request breaks the page."""

import re
from urllib.parse import quote, urlencode

import idna
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.domain.model.errors import Refused, Stale
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.policy import Policy
from approvals.domain.model.reasons import Replaced
from approvals.domain.model.records import Rendering
from approvals.entrypoints.app import create_app
from approvals.presentation.messages.pages import OPEN_FOR_LONG
from tests.builders import NOW
from tests.entrypoints.pages.review_page import BOTH, FORM, FROM_THE_PAGE, link, nonce_on, opened, send, state, words
from tests.entrypoints.refusing import raising
from tests.fakes import PUBLIC_URL, World

FORM_TYPE = "application/x-www-form-urlencoded"


class TestNonce:
    def test_a_page_that_was_open_for_long_is_shown_again(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        world.clock.forward(hours=24)
        assert send(client, path, nonce=nonce, comment="x" * 5000, option="approve").status_code == 422  # just in time
        world.clock.forward(seconds=1)
        response = send(client, path, option="approve", comment="my words", nonce=nonce)
        assert response.status_code == 409
        assert OPEN_FOR_LONG in words(response)
        assert "my words</textarea>" in response.text
        assert re.search(r'value="approve"[^>]* checked', response.text)
        assert not state(world).decisions

    def test_a_nonce_counts_for_one_reviewer_one_approval_and_one_content(
        self, world: World, client: FlaskClient
    ) -> None:
        path, other = opened(world), opened(world, task_token="another")
        foreign = [
            "",
            "x",
            nonce_on(client, path)[:-1],
            nonce_on(client, other),
            nonce_on(client, link(world, "id-0001", reviewer=1)),
            path.removeprefix("/r/"),
            world.gateway.ports.links.nonce(Rendering("id-0001", ForReviewer(0), NOW, "0" * 64)),
        ]
        for nonce in foreign:
            response = client.post(path, data={"nonce": nonce, "option": "approve"}, headers=FROM_THE_PAGE)
            assert (response.status_code, OPEN_FOR_LONG in words(response)) == (409, True)
        assert client.post(path, data={"option": "approve"}, headers=FROM_THE_PAGE).status_code == 409
        assert not state(world).decisions

    def test_when_too_many_answer_at_once_one_is_asked_to_send_again(self, world: World) -> None:
        client = create_app(raising(Stale("busy"), world)).test_client()
        response = send(client, opened(world), option="approve", comment="kept")
        assert response.status_code == 409
        assert "Something else was recorded at the same moment, so this was not." in words(response)
        assert "kept</textarea>" in response.text

    def test_who_was_replaced_while_they_were_answering_gets_the_reason(self, world: World) -> None:
        client = create_app(raising(Refused(Replaced()), world)).test_client()
        response = send(client, opened(world), option="approve")
        assert response.status_code == 403
        assert "others have been asked instead. Your answer was not recorded." in words(response)
        assert "<form" not in response.text


class TestOtherSites:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "same-origin"}, 303),
            ({"Sec-Fetch-Site": "none"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, 403),
            ({"Origin": PUBLIC_URL}, 303),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": PUBLIC_URL.replace("https", "http")}, 403),
            ({"Origin": PUBLIC_URL + ".evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({}, 403),
        ],
        ids=lambda value: str(value) if isinstance(value, dict) else "",
    )
    def test_only_our_own_page_may_send(
        self, headers: dict[str, str], status: int, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        fields = {"nonce": nonce_on(client, path), "option": "approve"}
        response = client.post(path, data=fields, headers=headers)
        assert response.status_code == status
        assert state(world).pending == (status == 403)
        if status == 403:
            assert "Nothing was recorded." in words(response)
            assert not re.search("refund", response.text, re.IGNORECASE)

    @pytest.mark.parametrize(
        "public_url",
        [
            "https://xn--bcher-kva.example",
            "https://bücher.example/",
            "https://BÜCHER.example:443/approvals/",
            "https://Xn--Bcher-Kva.Example",
        ],
    )
    @pytest.mark.parametrize(
        ("origin", "ours"),
        [
            ("https://xn--bcher-kva.example", True),
            ("https://xn--bcher-kva.example:8443", False),
            ("http://xn--bcher-kva.example", False),
            ("https://xn--bcher-kva.example.evil.example", False),
            ("https://bucher.example", False),
            ("https://evil@xn--bcher-kva.example", False),
            ("https://xn--bcher-kva.example/elsewhere", False),
        ],
    )
    def test_an_origin_is_the_public_urls_however_that_is_written(
        self, public_url: str, origin: str, ours: bool, world: World
    ) -> None:
        client = create_app(world.another(public_url=public_url)).test_client()
        assert (client.post("/r/x", headers={"Origin": origin}).status_code == 404) == ours

    @settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        labels=st.lists(st.from_regex(r"[a-zäöüßéñ0-9]{1,8}", fullmatch=True), min_size=1, max_size=2),
        port=st.none() | st.sampled_from([80, 443]) | st.integers(1, 65535),
        scheme=st.sampled_from(["http", "https"]),
        upper=st.booleans(),
        rest=st.sampled_from(["", "/", "/approvals", "/approvals/"]),
    )
    def test_a_browser_is_let_in_that_sends_the_origin_of_the_public_url_only(
        self, labels: list[str], port: int | None, scheme: str, upper: bool, rest: str, world: World
    ) -> None:
        host = ".".join([*labels, "example"])
        written = f"{host.upper() if upper and 'ß' not in host else host}{'' if port is None else f':{port}'}"
        shown = "" if port in (None, {"http": 80, "https": 443}[scheme]) else f":{port}"
        origin = f"{scheme}://{idna.encode(host, uts46=True).decode()}{shown}"
        client = create_app(world.another(public_url=f"{scheme.upper()}://{written}{rest}")).test_client()
        assert client.post("/r/x", headers={"Origin": origin}).status_code == 404
        assert client.post("/r/x", headers={"Origin": f"{scheme}://other.example"}).status_code == 403

    def test_only_our_own_page_may_ask_for_a_fresh_link(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        world.clock.forward(days=8)
        nonce = nonce_on(client, path)
        assert client.post(f"{path}/fresh", data={"nonce": nonce}).status_code == 403


class TestOddBodies:
    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"", None, 415),
            (b"{}", "application/json", 415),
            (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
            (b"option=approve&option=reject", FORM_TYPE, 400),
            (b"option=approve&comment=a%00b", FORM_TYPE, 400),
            (b"opt%00ion=approve", FORM_TYPE, 400),
            (b"comment=%ff%fe", FORM_TYPE, 400),
            (b"comment=\xff", FORM_TYPE, 400),
            (b"comment=%ED%A0%80", FORM_TYPE, 400),  # half of a surrogate pair
            ("&".join(f"f{n}=1" for n in range(101)).encode(), FORM_TYPE, 400),
            (b"comment=" + b"x" * 3_000_000, FORM_TYPE, 413),
            (b"", FORM_TYPE, 409),  # no nonce
            (b"&&=&;&%&%zz=%", FORM_TYPE, 409),
            ("option=approve&comment=\U0001f44d".encode(), f"{FORM_TYPE}; charset=utf-7", 409),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_what_no_page_sends_is_refused(
        self, body: bytes, kind: str | None, status: int, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        response = client.post(path, data=body, content_type=kind, headers=FROM_THE_PAGE)
        assert response.status_code == status
        assert response.mimetype == "text/html"
        assert state(world).pending

    def test_a_comment_of_the_greatest_length_fits_in_any_script(self, world: World, client: FlaskClient) -> None:
        assert send(client, opened(world), option="approve", comment="\U0001f44d" * 4000).status_code == 303
        assert len(state(world).decisions[0].comment) == 4000

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    def test_other_methods_are_not_taken(self, method: str, world: World, client: FlaskClient) -> None:
        assert client.open(opened(world), method=method).status_code == 405

    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        token=st.one_of(st.none(), st.text(max_size=40)),
        fields=st.lists(
            st.tuples(
                st.sampled_from(["option", "comment", "confirmation", "nonce", "form.sum", "form.day", "form.tell"])
                | st.text(max_size=8),
                st.sampled_from(["approve", "reject", "NONCE", "1e999", "nan", "٣", "9" * 400]) | st.text(max_size=20),
            ),
            max_size=8,
        ),
        noise=st.binary(max_size=12),
        fresh=st.booleans(),
    )
    def test_no_token_and_no_body_breaks_it(
        self,
        token: str | None,
        fields: list[tuple[str, str]],
        noise: bytes,
        fresh: bool,
        world: World,
        client: FlaskClient,
    ) -> None:
        policy = Policy(stages=BOTH.stages, timeout="30d")
        own = opened(world, form=FORM, policy=policy)
        path = own if token is None else f"/r/{quote(token, errors='replace')}"
        nonce = nonce_on(client, own)
        filled = [(name, nonce if value == "NONCE" else value) for name, value in fields]
        body = urlencode(filled, errors="replace").encode() + noise
        where = f"{path}/fresh" if fresh else path
        sent = client.post(where, data=body, content_type=FORM_TYPE, headers=FROM_THE_PAGE)
        assert sent.status_code < 500
        assert client.get(where).status_code < 500
