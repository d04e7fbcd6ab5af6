"""The review page in a real browser: by keyboard, without JavaScript, on a phone, for scanners, by axe-core's rules."""

import logging
import re
import threading
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, expect
from werkzeug.serving import make_server

from approvals.adapters.links import SignedLinks
from approvals.domain.approval import Answer, Approval
from approvals.domain.directory import Directory, Person
from approvals.domain.forms import Form, Question
from approvals.domain.messages import REQUESTER, GivenUp, TryAgain
from approvals.domain.policy import Group, Policy, Stage
from approvals.domain.submission import Link, Option
from approvals.entrypoints.webapp import create_app
from tests.builders import CONTEXT, a_submission
from tests.fakes import World
from tests.support.axe import accessibility_violations
from tests.support.chromium import PHONE

PEOPLE = Directory(
    people={
        name: Person(id=name, name=name.title(), email=f"{name}@example.com") for name in ("ana", "ben", "cleo", "dora")
    }
)
IN_TURN = Policy(
    stages=(
        Stage(name="Finance", groups=(Group(from_=("ana", "ben"), need=2),)),
        Stage(name="Legal", groups=(Group(from_=("cleo",)),)),
    ),
    comment="requiredOnReject",
    timeout="30d",
)
SHIP = (
    Option(id="ship", label="Ship it", side="approve", style="primary"),
    Option(id="hold", label="Hold back", side="reject", style="danger"),
)
FORM = Form(
    required=("sum", "pay"),
    properties={
        "sum": Question(type="number", title="Amount to refund", description="At most what was paid.", maximum=420),
        "pay": Question(title="Pay back to", enum=("Card", "Bank account", "Voucher")),
        "why": Question(title="Reason", enum=("Damaged", "Late", "Wrong item", "Changed mind", "Other")),
        "day": Question(title="Day of payment", format="date"),
        "note": Question(title="Note for accounting", format="multiline"),
        "tell": Question(type="boolean", title="Tell the customer", description="In their language."),
    },
)
FULL: dict[str, Any] = {
    **CONTEXT,
    "policy": IN_TURN,
    "description": "Jo returned it, **cracked**.\n\n- photos\n- report\n\n> See [the handbook](https://handbook.example.com/).",
    "details": {
        "Order": "1234",
        "Items": [{"SKU": "EM-7", "Qty": 1, "Price": 389.0}, {"SKU": "BN-2", "Qty": 2, "Price": 15.5}],
        "Shipping": {"Address": {"City": "Köln"}, "Events": ["picked up", "damaged"]},
        "Customer": "jo@example.net",
    },
    "sensitive": ("Customer",),
    "links": (Link(label="Photos", url="https://photos.example.org/1"),),
}
HOSTILE: dict[str, Any] = {
    "title": "W" * 200,
    "requester": "r" * 300 + "@example.com",
    "description": "x" * 3000
    + "\n\n| a | b | c | d | e |\n|-|-|-|-|-|\n| "
    + "y" * 90
    + " | 2 | 3 | 4 | 5 |\n\n`"
    + "z" * 300
    + "`",
    "details": {
        "k" * 300: "v" * 700,
        "long": "w" * 50_000,
        "rows": [{"a" * 40: "b" * 80, "c": "d" * 80, "e" * 40: 10**30, "f": True}] * 2,
        "deep": {"l" * 60: {"l": {"l": {"l": {"l": {"l": {"n": "m" * 200}}}}}}},
        "سلام": "שלום " * 60,
    },
    "options": tuple(Option(id=f"o{n}", label="O" * 60, side="approve") for n in range(10)),
    "links": (Link(label="l" * 100, url=f"https://{'h' * 60}.example.com/"),),
    "tags": {"t" * 80: "u" * 256},
    "form": Form(properties={"q" * 60: Question(description="d" * 900, enum=("c" * 200, "e" * 200))}),
    "risk": "high",
}


class Site:
    """The gateway behind a real HTTP server, and the links into it."""

    def __init__(self, world: World, url: str) -> None:
        links = SignedLinks(["a-signing-key-of-thirty-two-chars"], public_url=url, lifetime=timedelta(days=7))
        self.world = world
        self.gateway = world.gateway = world.another(public_url=url, links=links)

    def submit(self, **changes: Any) -> str:
        return self.gateway.submit(a_submission(**changes), caller="tests").approval_id

    def link(self, approval_id: str, *, reviewer: int = 0) -> str:
        return self.gateway.links.url(approval_id, reviewer, now=self.world.clock())

    def open(self, **changes: Any) -> str:
        return self.link(self.submit(**changes))

    def decide(self, approval_id: str, *, reviewer: int, option: str = "approve", comment: str = "") -> None:
        answer = Answer(option=option, comment=comment)
        self.gateway.decide(approval_id, reviewer=reviewer, answer=answer, via="link", assurance="link")

    def approval(self, approval_id: str = "id-0001") -> Approval:
        return self.gateway.store.get(approval_id)


@pytest.fixture
def site(sqlite_url: str) -> Generator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    world = World(sqlite_url, directory=PEOPLE)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    site = Site(world, f"http://127.0.0.1:{server.server_port}")
    server.app = create_app(site.gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    world.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focus_by_tab(page: Page, selector: str) -> None:
    """Presses Tab until this is focused, as somebody without a mouse does."""
    for _ in range(40):
        if page.locator(selector).evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector}")


def test_one_decides_by_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(site.open(risk="high", options=SHIP))
    focus_by_tab(page, "#option")
    press(page, "ArrowDown", "ArrowUp", "Tab")
    page.keyboard.type("by keyboard")
    focus_by_tab(page, "#confirmation")
    page.keyboard.type("ship it")
    focus_by_tab(page, "#answer button")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Approved with “Ship it” by Ana.")
    assert [d.comment for d in site.approval().decisions] == ["by keyboard"]


def test_the_skip_link_is_the_first_stop(site: Site, page: Page) -> None:
    page.goto(site.open())
    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press(page, "Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_it_works_without_javascript(site: Site, page: Page) -> None:
    page.goto(site.open(form=FORM, risk="high"))
    expect(page.get_by_text("Answer by Mon 9 Mar 2026, 09:30 UTC, in 7 days.")).to_be_visible()
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("“Amount to refund” is required.")
    page.get_by_label("Amount to refund").fill("420")
    page.get_by_role("radio", name="Card").check()
    page.get_by_label("to confirm").fill("approve")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Approved by Ana.")).to_be_visible()
    assert site.approval().decisions[0].form == {"sum": 420, "pay": "Card", "tell": False}


def test_what_is_wrong_is_read_out_first_and_leads_to_its_field(site: Site, page: Page) -> None:
    page.goto(site.open(policy=Policy(stages=IN_TURN.stages, comment="required")))
    page.get_by_label("Comment").fill("kept")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title("Error: Refund order 1234 (420 €) · Your answer is needed")
    page.get_by_role("link", name="Choose an answer.").click()
    expect(page.get_by_role("radio", name="Approve")).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_value("kept")
    assert not site.approval().decisions


def test_the_confirmation_is_asked_for_only_where_it_is_needed(site: Site, page: Page) -> None:
    page.goto(site.open(risk="high", options=SHIP))
    confirmation = page.get_by_label("Type “Ship it” to confirm")
    expect(confirmation).to_be_hidden()
    page.get_by_role("radio", name="Ship it").check()
    expect(confirmation).to_be_visible()
    page.get_by_role("radio", name="Hold back").check()
    expect(confirmation).to_be_hidden()


def test_the_button_takes_the_colour_of_the_answer(site: Site, page: Page) -> None:
    page.goto(site.open(options=SHIP))

    def colour() -> str:
        page.wait_for_timeout(300)
        return str(page.locator("#answer button").evaluate("button => getComputedStyle(button).backgroundColor"))

    colours = [colour()]
    for name in ("Ship it", "Hold back"):
        page.get_by_role("radio", name=name).check()
        colours.append(colour())
    assert len(set(colours)) == 3


def test_one_may_change_ones_answer_while_others_are_asked(site: Site, page: Page) -> None:
    page.goto(site.open(policy=IN_TURN))
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="You answered “Approve”.")).to_be_visible()
    expect(page.get_by_role("button")).to_be_hidden()
    page.get_by_text("Change my answer").first.click()
    expect(page.get_by_role("radio", name="Approve")).to_be_checked()
    page.get_by_role("radio", name="Reject").check()
    page.get_by_label("Comment").fill("on second thoughts")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Rejected by Ana.")).to_be_visible()


class TestScanners:
    def test_nothing_that_a_mail_scanner_does_decides(self, site: Site, page: Page) -> None:
        url = site.open(**FULL)
        before = site.approval()
        fetch: Callable[..., APIResponse] = page.request.fetch
        for method in ("HEAD", "GET", "GET"):
            assert fetch(url, method=method).status == 200
        page.goto(url)
        page.wait_for_load_state("networkidle")
        ours = [
            href
            for href in page.locator("a").evaluate_all("all => all.map(a => a.href)")
            if site.gateway.public_url in href
        ]
        for href in ours:
            fetch(href)
        page.get_by_role("button").click()  # it presses buttons, too
        expect(page.get_by_role("alert")).to_contain_text("Choose an answer.")
        page.get_by_role("button").click()
        assert site.approval() == before
        assert page.context.cookies() == []

    def test_nor_what_one_does_with_an_expired_link_but_asking_for_a_fresh_one(self, site: Site, page: Page) -> None:
        url = site.open(**FULL)
        site.world.clock.forward(days=8)
        assert page.goto(url).status == 410  # type: ignore[union-attr]
        page.get_by_role("button", name="Send me a fresh link").click()
        expect(page.get_by_role("status")).to_contain_text("a fresh link is on its way")
        assert not site.approval().decisions


class TestComfort:
    @pytest.mark.parametrize("page", [{"timezone_id": "Asia/Tokyo", "locale": "en-GB"}], indirect=True, ids=["Tokyo"])
    def test_times_are_the_viewers_and_keep_the_absolute_one(self, site: Site, page: Page) -> None:
        page.goto(site.open())
        deadline = page.locator(".due time")
        expect(deadline).to_contain_text("18:30")  # 09:30 UTC
        expect(deadline).to_have_attribute("title", "Mon 9 Mar 2026, 09:30 UTC")
        expect(deadline).to_have_attribute("datetime", "2026-03-09T09:30:00+00:00")

    def test_the_countdown_runs_whatever_the_devices_clock_says(self, site: Site, page: Page) -> None:
        url = site.open(timeout_seconds=600)
        site.world.clock.forward(minutes=6)
        page.clock.install(time="2001-01-01T00:00:00Z")
        page.goto(url)
        left = page.locator("[data-countdown]")
        expect(left).to_have_text(re.compile(r"in (3 minutes|2 minutes 5\d seconds)"))
        page.clock.run_for(60_000)
        expect(left).to_have_text(re.compile(r"in (2 minutes|1 minute 5\d seconds)"))
        page.clock.run_for(120_000)
        expect(left).to_have_text("time is up")

    def test_it_looks_by_itself_whether_the_workflow_has_been_told(self, site: Site, page: Page) -> None:
        site.world.callbacks.results = [TryAgain("throttled")]
        url = site.open()
        site.decide("id-0001", reviewer=0)
        page.clock.install()
        page.goto(url)
        expect(page.get_by_text("The workflow is being told")).to_be_visible()
        site.world.clock.forward(seconds=10)
        site.world.deliver_all()
        page.clock.run_for(2_500)
        expect(page.get_by_text("The workflow has resumed.")).to_be_visible()

    def test_it_stops_looking_after_ten_times(self, site: Site, page: Page) -> None:
        site.world.callbacks.results = [TryAgain("throttled")]
        url = site.open()
        site.decide("id-0001", reviewer=0)
        page.clock.install()
        page.goto(url)
        looked: list[str] = []
        page.on("requestfinished", lambda request: looked.append(request.resource_type))
        for _ in range(20):
            page.clock.run_for(3_100)
            page.wait_for_timeout(50)
        assert looked.count("fetch") == 10


@pytest.mark.parametrize("page", [PHONE | {"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
class TestBesidesOnAPhone:
    def test_a_question_is_asked_answered_and_the_place_given_on(self, site: Site, page: Page) -> None:
        ana = _pending(site)
        page.goto(ana)
        expect(page.get_by_role("button")).to_have_count(1)  # the answer's
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Ask a question").fill("Which parcel?")
        page.get_by_role("button", name="Send my question").click()
        expect(page.get_by_role("status")).to_contain_text("Your question was sent.")
        page.goto(site.link("id-0001", reviewer=REQUESTER))
        page.get_by_label("Your reply").fill("The second.")
        page.get_by_role("button", name="Send my reply").click()
        expect(page.get_by_text("The second.").first).to_be_visible()
        page.goto(ana)
        page.get_by_text("Not ready to answer?").click()
        page.get_by_role("button", name="4 hours longer").click()
        expect(page.get_by_text("Answer by Wed 1 Apr 2026, 13:30 UTC")).to_be_visible()
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Give it to somebody else").fill("dora")
        page.get_by_role("button", name="Give it to them").click()
        expect(page.get_by_text("This was handed on to Dora.")).to_be_visible()

    def test_no_accidental_tap_withdraws(self, site: Site, page: Page) -> None:
        page.goto(_whoever_asks(site))
        page.get_by_text("Withdraw this request").click()
        page.get_by_role("button", name="Withdraw it").click()
        expect(page.get_by_role("alert")).to_contain_text("Type “withdraw” to confirm.")
        assert site.approval().pending
        page.get_by_label("to confirm").fill("withdraw")
        page.get_by_role("button", name="Withdraw it").click()
        expect(page.get_by_role("heading", name="Cancelled: withdrawn by rhea@example.com.")).to_be_visible()


class TestSmallScreens:
    @pytest.mark.parametrize(
        "page",
        [PHONE, {"viewport": {"width": 320, "height": 640}}, {"viewport": {"width": 640, "height": 400}}],
        indirect=True,
        ids=["phone", "320 pixels", "1280 pixels at 200 %"],
    )
    @pytest.mark.parametrize("content", [FULL, HOSTILE], ids=["usual", "hostile"])
    def test_nothing_scrolls_sideways(self, content: dict[str, Any], site: Site, page: Page) -> None:
        page.goto(site.open(**content))
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        wide = """all => all.filter(one => one.getBoundingClientRect().right > window.innerWidth + 1
            && !one.closest('.wide, .unseen, .skip')).map(one => one.outerHTML.slice(0, 200))"""
        assert page.locator("main *").evaluate_all(wide) == []

    @pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
    def test_what_a_thumb_must_hit_is_large_enough(self, site: Site, page: Page) -> None:
        page.goto(site.open(**FULL, form=FORM))
        for target in page.locator(".option, .choice, button, form input[type=number], form textarea, select").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44


def _pending(site: Site) -> str:
    return site.open(**FULL)


def _high_risk(site: Site) -> str:
    return site.open(**FULL, risk="high", options=SHIP)


def _with_form(site: Site) -> str:
    return site.open(**FULL, form=FORM)


def _decided(site: Site) -> str:
    url = site.open(**FULL)
    site.decide("id-0001", reviewer=0, comment="fine")
    return url


def _settled(site: Site) -> str:
    url = site.open(**FULL)
    site.world.callbacks.results = [GivenUp("TaskTimedOut", closed=True)]
    for reviewer in range(3):
        site.decide("id-0001", reviewer=reviewer, comment="fine")
    return url


def _rejected(site: Site) -> str:
    url = site.open(**FULL)
    site.decide("id-0001", reviewer=1, option="reject", comment="no")
    return url


def _unreached(site: Site) -> str:
    site.world.mail.results = [GivenUp("mailbox unknown")] * 2
    url = site.open(**FULL)
    site.world.deliver_all()
    return url


def _time_is_up(site: Site) -> str:
    url = site.open(timeout_seconds=600)
    site.world.clock.forward(minutes=9, seconds=30)
    return url


def _not_yet(site: Site) -> str:
    return site.link(site.submit(**FULL), reviewer=2)


def _questions(site: Site) -> str:
    approval_id = site.submit(**FULL)
    site.gateway.inquire(approval_id, reviewer=0, text="Which of the two parcels?")
    site.gateway.reply(approval_id, inquiry=0, text="The second.", actor="rhea@example.com")
    site.gateway.inquire(approval_id, reviewer=1, text="w" * 300)
    site.gateway.claim(approval_id, reviewer=1)
    return site.link(approval_id)


def _whoever_asks(site: Site) -> str:
    _questions(site)
    return site.link("id-0001", reviewer=REQUESTER)


def _hostile(site: Site) -> str:
    return site.open(**HOSTILE)


def _expired_link(site: Site) -> str:
    url = site.open(**FULL)
    site.world.clock.forward(days=8)
    return url


def _bad_link(site: Site) -> str:
    return site.open()[:-1]


STATES = [
    _pending, _high_risk, _with_form, _decided, _settled, _rejected, _unreached, _time_is_up, _not_yet, _questions,
    _whoever_asks, _hostile, _expired_link, _bad_link,
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestAccessibility:
    @pytest.mark.parametrize("url_of", STATES, ids=lambda state: state.__name__.strip("_"))
    def test_axe_finds_nothing(
        self, url_of: Callable[[Site], str], scheme: str, site: Site, new_page: Callable[..., Page]
    ) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(url_of(site))
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert accessibility_violations(page) == []

    @pytest.mark.parametrize("option", [None, "Ship it", "Hold back"])
    def test_nor_with_something_to_mend(
        self, option: str | None, scheme: str, site: Site, new_page: Callable[..., Page]
    ) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(site.open(**FULL, form=FORM, risk="high", options=SHIP))
        if option:
            page.get_by_role("radio", name=option).check()
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert accessibility_violations(page) == []

    def test_nor_beside_the_answer(self, scheme: str, site: Site, new_page: Callable[..., Page]) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(_pending(site))
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Give it to somebody else").fill("zoe")
        page.get_by_role("button", name="Give it to them").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert accessibility_violations(page) == []
