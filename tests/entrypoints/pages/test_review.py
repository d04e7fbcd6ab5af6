"""The review page: opening it changes nothing, text from outside is escaped, and nothing is hidden."""

import re
import time

import pytest
from flask.testing import FlaskClient

from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.submission import Link, Option
from tests.builders import CONTEXT, EXECUTION_ARN
from tests.entrypoints.pages.review_page import FORM, IN_TURN, opened, state, words
from tests.fakes import World


class TestShowing:
    def test_get_and_head_change_nothing_and_set_no_cookie(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        before, notes = state(world), world.gateway.audit("id-0001")
        for response in (client.head(path), client.get(path), client.get(path)):
            assert response.status_code == 200
            assert "Set-Cookie" not in response.headers
        assert client.head(path).data == b""
        assert (state(world), world.gateway.audit("id-0001")) == (before, notes)

    def test_nothing_on_the_page_acts_by_itself(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world)).text
        assert 'http-equiv="refresh"' not in html
        assert not re.search(r"\son\w+=|\sstyle=|<script(?! src=)|<style|javascript:", html)
        assert "checked" not in html

    def test_no_policy_of_the_application_blocks_it(self, world: World, client: FlaskClient) -> None:
        response = client.get(opened(world))
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', response.text):
            with client.get(path) as file:
                assert file.status_code == 200

    @pytest.mark.parametrize(("name", "most"), [("page.css", 16_384), ("page.js", 3_072), ("favicon.svg", 500)])
    def test_what_the_page_needs_stays_small(self, name: str, most: int, client: FlaskClient) -> None:
        with client.get(f"/static/{name}") as file:
            assert 0 < len(file.data) <= most

    @pytest.mark.parametrize(("item", "shown"), [(3, "3"), ("<blue>", "<blue>"), ((2, "<a>"), "2 / <a>")])
    def test_the_item_of_the_map_is_an_index_a_key_or_a_path(
        self, world: World, client: FlaskClient, item: object, shown: str
    ) -> None:
        assert f"Item of the map {shown}" in words(client.get(opened(world, **CONTEXT, map_item=item)))

    def test_what_is_asked_by_whom_and_until_when(self, world: World, client: FlaskClient) -> None:
        text = words(client.get(opened(world, **CONTEXT, description="Please **look**.", tags={"team": "pay"})))
        for expected in (
            "Refund order 1234 (420 €)",
            "Asked by rhea@example.com for the workflow refunds",
            "Answer by Mon 9 Mar 2026, 09:30 UTC, in 7 days",
            "Without an answer by then it expires",
            "Please look.",
            "Order 1234 Amount 420",
            "State Wait for finance",
            "team pay",
            "One answer is enough.",
            "Asked, and not answered yet: ana@example.com (you) and ben@example.com.",
        ):
            assert expected in text

    def test_the_fingerprint_is_there_short_and_whole(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        text = words(client.get(path))
        assert f" {state(world).content_sha256[:12]} {state(world).content_sha256} " in text

    def test_the_execution_has_a_link_to_the_console(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, **CONTEXT)).text
        console = "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1"
        assert f'href="{console}#/v2/executions/details/{EXECUTION_ARN}"' in html

    def test_links_show_their_host_and_tell_it_nothing(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, links=(Link(label="Order", url="https://shop.example.com/1"),))).text
        rel = 'target="_blank" rel="noopener noreferrer nofollow"'
        assert f'<a href="https://shop.example.com/1" {rel}><bdi>Order</bdi></a>' in html
        assert ">shop.example.com<" in html

    def test_details_are_a_table_a_tree_and_whole(self, world: World, client: FlaskClient) -> None:
        details = {
            "secret": "s3",
            "tree": {"a": {"b": {"c": {"d": 1}}}, "none": None, "empty": [], "no": False},
            "alike": [{"x": 1, "y": "z"}, {"x": 2, "y": ""}],
            "long": "w" * 5000,
            "many": list(range(20)),
        }
        response = client.get(opened(world, details=details, sensitive=("secret",)))
        text = words(response)
        assert "secret shown here only s3" in text
        assert "tree a b c 1 entry d 1 none" in text
        assert "none — empty nothing no no" in text
        assert "alike x y 1 z 2 —" in text
        assert '<th scope="col"><bdi>x</bdi></th>' in response.text
        assert "All 5,000 characters" in text
        assert "w" * 5000 in text
        assert "20 entries 0 1 2" in text

    def test_what_comes_from_outside_is_text(self, world: World, client: FlaskClient) -> None:
        evil = "<script>alert(1)</script>\"'><img src=x>"
        html = client.get(
            opened(
                world,
                title=evil,
                description=evil,
                details={evil: {evil: [evil, {evil: evil}]}, "rows": [{evil: evil, "b": 1}] * 2},
                links=(Link(label=evil, url="https://example.com/"),),
                options=(Option(id="a", label=evil, side="approve"),),
                form=Form(title=evil, properties={"q": Question(title=evil, description=evil, enum=(evil,))}),
                tags={evil: evil},
                requester=evil,
                risk="high",
            )
        ).text
        assert "<script>alert" not in html
        assert "<img" not in html

    def test_marks_that_turn_text_around_are_made_visible(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, details={"file": "exe.\u202efdp"}, description="a\u202eb")).text
        assert "\u202e" not in html
        assert "exe.\ufffdfdp" in html

    def test_high_risk_warns_and_asks_to_type_the_answer(self, world: World, client: FlaskClient) -> None:
        text = words(client.get(opened(world, risk="high")))
        assert "High risk. Take your time" in text
        assert "Type “Approve” to confirm" in text

    def test_whole_numbers_are_shown_as_such(self, world: World, client: FlaskClient) -> None:
        text = words(
            client.get(
                opened(
                    world, details={"Amount": 420.0, "Lines": [{"Price": 389.0, "Qty": 1}, {"Price": 15.5, "Qty": 2}]}
                )
            )
        )
        assert "Amount 420 Lines Price Qty 389 1 15.5 2" in text

    def test_of_several_steps_the_one_that_is_asked_now_is_marked(self, world: World, client: FlaskClient) -> None:
        response = client.get(opened(world, policy=IN_TURN))
        assert "Finance: now Legal: still to come" in words(response)
        assert '<li class="now" aria-current="step">' in response.text

    def test_who_could_not_be_reached_is_reported(self, world: World, client: FlaskClient) -> None:
        world.mail.results = [GivenUp("mailbox unknown")]
        path = opened(world)
        world.deliver_all()
        assert re.search(r"(ana|ben)@… could not be reached: mailbox unknown", words(client.get(path)))

    @pytest.mark.parametrize(
        ("options", "required"),
        [(None, False), ((Option(id="ok", label="Seen", side="approve"),), True)],
        ids=["required to approve", "always required"],
    )
    def test_questions_carry_their_limits(
        self, options: tuple[Option, ...] | None, required: bool, world: World, client: FlaskClient
    ) -> None:
        html = client.get(opened(world, form=FORM, **({"options": options} if options else {}))).text
        [number] = re.findall(r'<input id="form-sum"[^>]+>', html)
        assert 'type="number" step="1" inputmode="numeric" min="1" max="420"' in number
        assert 'aria-describedby="form-sum-hint"' in number
        assert (" required" in number) == required
        assert html.count('type="radio" name="form.pay"') == 3  # and "No answer"
        assert '<select id="form-why"' in html
        assert 'type="date"' in html
        assert 'type="email" dir="auto" minlength="6" maxlength="40"' in html
        assert '<textarea id="form-text"' in html
        assert 'type="checkbox" id="form-tell"' in html
        for name in FORM.properties:
            assert f'id="form-{name}"' in html


QUARTER = 256 * 1024
LARGE = {
    "one text": {"Log": "x" * (QUARTER - 20)},
    "one list of numbers": {"Numbers": [7] * (QUARTER // 2 - 20)},
    "many small entries": {f"key {n}": n for n in range(14_000)},
    "a list of alike things": {"Rows": [{"a": n, "b": "x"} for n in range(11_000)]},
    "a deep tree": {f"k{n}": {"a": {"b": [{"c": [n, {"d": n}]}] * 20}} for n in range(400)},
    "control characters": {"Log": "\x01" * 40_000},
}


@pytest.mark.parametrize("kind", LARGE)
def test_details_of_256_kib_are_folded_and_shown_in_well_under_a_second(
    world: World, client: FlaskClient, kind: str
) -> None:
    path = opened(world, details=LARGE[kind])
    client.get("/healthz")
    response, seconds = client.get(path), list[float]()
    for _ in range(3):  # the quickest of them, since other processes of this machine take time from each
        began = time.process_time()
        response = client.get(path)
        seconds.append(time.process_time() - began)
    assert response.status_code == 200
    assert min(seconds) < 1
    assert len(response.data) < 6 * QUARTER
    assert '<details class="long">' in response.text


def test_a_large_value_is_folded_and_still_shown_as_a_whole(world: World, client: FlaskClient) -> None:
    rows = [{"n": n, "evil": "<script>\u202e"} for n in range(3000)]
    html = client.get(opened(world, details={"Small": {"a": 1}, "Rows": rows, "Last": "end"}, sensitive=("Rows",))).text
    assert "Large: " in html
    assert html.count("&lt;script&gt;\ufffd") == 3000
    assert "<script>" not in html
    assert html.index("<bdi>Small</bdi>") < html.index("<bdi>Last</bdi>") < html.index("<bdi>Rows</bdi>")
