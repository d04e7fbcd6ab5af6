"""What one does on the review page besides answering, on a phone and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from approvals.domain.model.messages.audience import ForChannel, ForRequester
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE
from tests.support.web.site import Site
from tests.web.states import expired_link, pending, whoever_asks


@pytest.mark.parametrize("page", [PHONE | {"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
class TestActionsOnAPhone:
    def test_a_question_is_asked_answered_and_the_place_given_on(self, site: Site, page: Page) -> None:
        ana = pending(site)
        page.goto(ana)
        expect(page.get_by_role("button")).to_have_count(1)  # the answer's
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Ask a question").fill("Which parcel?")
        page.get_by_role("button", name="Send my question").click()
        expect(page.get_by_role("status")).to_contain_text("Your question was sent.")
        page.goto(site.link("id-0001", holder=ForRequester()))
        page.get_by_label("Your reply").fill("The second.")
        page.get_by_role("button", name="Send my reply").click()
        expect(page.get_by_text("The second.").first).to_be_visible()
        page.goto(ana)
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("4 hours longer").check()
        page.get_by_role("button", name="Extend the deadline").click()
        expect(page.get_by_text("Answer by Wed 1 Apr 2026, 13:30 UTC")).to_be_visible()
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Reassign it to somebody else").fill("dora")
        page.get_by_role("button", name="Reassign it").click()
        expect(page.get_by_text("This was reassigned to Dora.")).to_be_visible()

    def test_looking_at_it_and_reminding_take_a_tick_each(self, site: Site, page: Page) -> None:
        page.goto(pending(site))
        page.get_by_text("Not ready to answer?").click()
        page.get_by_role("button", name="Tell the others").click()
        expect(page.get_by_role("alert")).to_contain_text("Tick the box, then press the button.")
        expect(page.get_by_label("I am looking at it")).to_be_visible()
        page.get_by_label("I am looking at it").check()
        page.get_by_role("button", name="Tell the others").click()
        expect(page.get_by_role("status")).to_contain_text("The others now see that you are looking at it.")
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Remind the others").check()
        page.get_by_role("button", name="Send the reminders").click()
        expect(page.get_by_role("status")).to_contain_text("The reminders are being sent.")

    def test_a_fresh_link_takes_a_tick(self, site: Site, page: Page) -> None:
        page.goto(expired_link(site))
        page.get_by_role("button", name="Send me a fresh link").click()
        expect(page.get_by_role("alert")).to_contain_text("Tick the box, then press the button.")
        page.get_by_label("Send a new link to that address").check()
        page.get_by_role("button", name="Send me a fresh link").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    def test_no_accidental_tap_withdraws(self, site: Site, page: Page) -> None:
        page.goto(whoever_asks(site))
        page.get_by_text("Withdraw this request").click()
        page.get_by_role("button", name="Withdraw it").click()
        expect(page.get_by_role("alert")).to_contain_text("Type “withdraw” to confirm.")
        assert site.approval().pending
        page.get_by_label("to confirm").fill("withdraw")
        page.get_by_role("button", name="Withdraw it").click()
        expect(page.get_by_role("heading", name="Withdrawn by rhea@example.com.")).to_be_visible()


@pytest.mark.parametrize("page", [{}, DARK | PHONE], indirect=True, ids=["wide and light", "narrow and dark"])
class TestLooks:
    def test_open_actions_with_a_problem_are_readable_for_everybody(self, site: Site, page: Page) -> None:
        page.goto(pending(site))
        page.get_by_text("Not ready to answer?").click()
        page.get_by_role("button", name="Extend the deadline").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose how much more time you need.")
        assert accessibility_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    def test_the_page_for_the_members_of_a_list_is_readable_for_everybody(self, site: Site, page: Page) -> None:
        page.goto(site.link(site.submit(), holder=ForChannel()))
        expect(page.get_by_role("heading", name="Get your own link")).to_be_visible()
        assert accessibility_violations(page) == []
        page.get_by_label("Your e-mail address").fill("ana@example.com")
        page.get_by_role("button", name="Send me my link").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        assert accessibility_violations(page) == []
