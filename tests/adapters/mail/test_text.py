"""The text of a mail, about open and about settled approvals."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.lifecycle.settle import expire
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.topics import Escalated, EventName, Reminded, Settled
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.model.submission import Link, Option
from tests.builders import CONTEXT, NOW, a_submission, an_approval, decided
from tests.support.domain.topics import TOPICS
from tests.support.mail.messages import EVENTS, LINK, Seen, a_notice, both, change, html_of, text_of, written

# what is said


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("asked", "rhea@example.com asks for your answer"),
        ("reminded", "have not answered yet"),
        ("escalated", "you may answer as well"),
        ("refreshed", "You asked for a new link"),
    ],
)
def test_each_question_gives_its_reason_and_leads_to_the_page(event: EventName, words: str) -> None:
    message = written(an_approval(**CONTEXT), a_notice(TOPICS[event]))
    for said in both(message):
        assert words in said
        assert "Refund order 1234 (420 €)" in said
        assert "Mon 9 Mar 2026, 09:30 UTC, in 7 days" in said
        assert "Without an answer by then it expires" in said
        assert "Approve or Reject" in said
        assert "One answer is enough." in said
        assert re.search(r"Order:? 1234 ?Amount:? 420", said)
        assert re.search(r"Workflow:? refunds ?Execution:? order-1234 ?State:? Wait for finance", said)
        assert "Do not forward this mail: the link is yours and answers in your name." in said
        assert "Review and answer" in said
    assert LINK in text_of(message)
    assert Seen(html_of(message)).links == [LINK]


def test_an_escalation_that_replaces_others_is_described_so() -> None:
    step = Escalation(after="1h", to=("ben@example.com",), mode="replace")
    approval = an_approval(
        policy=Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),), escalate=(step,)),))
    )
    for said in both(written(approval, a_notice(Escalated(0, 0), to="ben@example.com", audience=ForReviewer(1)))):
        assert "you are asked instead" in said


def test_the_time_left_is_counted_from_when_the_mail_is_written() -> None:
    for said in both(written(an_approval(timeout_seconds=5 * 3600), at=timedelta(minutes=105))):
        assert "in 3 hours" in said


def test_a_high_risk_is_shown_at_the_top_and_a_normal_one_is_not() -> None:
    for said in both(written(an_approval(risk="high"))):
        assert re.search("high risk", said[:200], re.IGNORECASE)
    for said in both(written(an_approval())):
        assert not re.search("high risk", said, re.IGNORECASE)


def test_earlier_answers_and_progress_are_told() -> None:
    approval = decided(an_approval(need=2), reviewer=1, comment="Looks right.")
    for said in both(written(approval, a_notice(Reminded(0, 1)))):
        assert "1 of 2 needed answers so far." in said
        assert "ben@example.com" in said
        assert "“Looks right.”" in said


def test_of_what_was_left_out_nothing_is_shown() -> None:
    for said in both(written(an_approval(details={}, requester=None))):
        assert "Details" not in said
        assert "—" not in said


def test_the_options_are_named_but_only_the_page_takes_an_answer() -> None:
    options = (Option(id="ship", label="Ship it", side="approve"), Option(id="hold", label="Hold", side="reject"))
    message = written(an_approval(options=options))
    seen = Seen(html_of(message))
    assert "Ship it or Hold" in seen.text
    assert seen.links == [LINK]
    assert not {"form", "button", "input"} & {tag for tag, _ in seen.tags}


def test_a_shared_address_gets_a_link_that_leads_to_a_personal_one() -> None:
    message = written(an_approval(), a_notice(to="team@example.com", audience=ForChannel()))
    assert Seen(html_of(message)).links == [LINK]
    for said in both(message):
        assert "Get your own link" in said
        assert "The link answers for nobody" in said
        assert "Review and answer" not in said
        assert "Do not forward" not in said


def test_a_shared_address_without_a_link_is_informed_only() -> None:
    message = written(an_approval(), a_notice(to="team@example.com", audience=ForChannel()), link=None)
    assert Seen(html_of(message)).links == []
    for said in both(message):
        assert "This mail is for information." in said
        assert "Review and answer" not in said


def test_sensitive_details_are_named_but_not_in_the_mail() -> None:
    details = {"Order": "1234", "Card": {"Number": "4111-1111", "Holder": "Jo Secret"}}
    message = written(an_approval(details=details, sensitive=("Card",)))
    for said in both(message):
        assert re.search(r"Card:? \(?on the page only", said)
    for secret in ("4111-1111", "Jo Secret", "Holder"):
        assert secret not in message.as_string() + text_of(message) + html_of(message)


def test_no_mail_holds_the_task_token() -> None:
    for event in EVENTS:
        message = written(an_approval(), a_notice(TOPICS[event]))
        assert a_submission().task_token not in text_of(message) + html_of(message)


def test_the_description_is_markdown_as_html_and_its_source_as_text() -> None:
    message = written(an_approval(description="**Both** items, [checked](https://warehouse.example/77)"))
    assert "**Both** items, [checked](https://warehouse.example/77)" in text_of(message)
    assert "<strong>Both</strong> items" in html_of(message)
    assert "checked (warehouse.example)" in Seen(html_of(message)).text


def test_a_link_shows_its_host_beside_its_label() -> None:
    message = written(an_approval(links=(Link(label="Your bank", url="https://evil.example/bank"),)))
    seen = Seen(html_of(message))
    assert re.search(r"Your bank\s+evil\.example", seen.text)
    assert seen.links == [LINK, "https://evil.example/bank"]
    assert "Your bank <https://evil.example/bank>" in text_of(message)


def test_long_values_and_many_rows_are_cut_with_a_word_where_the_rest_is() -> None:
    details = {"Long": "x" * 50_000, **{f"Row {n}": n for n in range(60)}}
    message = written(an_approval(details=details, description="word " * 3000))
    for said in both(message):
        assert "x" * 299 + "…" in said
        assert "x" * 300 not in said
        assert "… and 21 more on the page." in said
        assert "There is more on the page." in said
        assert "Row 38" in said
        assert "Row 39" not in said


def test_the_largest_submission_makes_a_mail_that_clients_do_not_clip() -> None:
    details = {f"Row {n} " + "k" * 100: "<" * 500 for n in range(90)}
    approval = an_approval(
        details=details,
        description="[a](https://b.example)\n\n" * 600,
        links=tuple(Link(label="l" * 100, url="https://example.com/" + "p" * 1000) for _ in range(20)),
    )
    assert len(html_of(written(approval)).encode()) < 102_000  # beyond which Gmail hides the rest


# how it ended


def settled(approval: Approval, state: CallbackState, detail: str = "") -> EmailMessage:
    return written(change(approval, callback=state, callback_detail=detail), a_notice(Settled()))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CallbackState.DELIVERED, "The workflow has resumed."),
        (CallbackState.WAITING, "The workflow is being notified"),
        (CallbackState.TOO_LATE, "The workflow no longer waited"),
        (CallbackState.FAILED, "The workflow could not be notified: wrong Region."),
        (CallbackState.UNCONFIRMED, "could not be verified"),
        (CallbackState.NONE, "The workflow was not notified"),
    ],
)
def test_a_settled_mail_states_who_decided_what_and_what_the_workflow_knows(state: CallbackState, words: str) -> None:
    message = settled(decided(an_approval(), comment="ok by me"), state, "wrong Region")
    for said in both(message):
        assert "Approved by ana@example.com." in said
        assert "“ok by me”" in said
        assert words in said
        assert "See the record" in said
        assert "Review and answer" not in said
        assert "Possible answers" not in said


@pytest.mark.parametrize(
    ("approval", "tone"),
    [
        (decided(an_approval()), "approved"),
        (decided(an_approval(), option="reject"), "rejected"),
        (expire(an_approval(), NOW + timedelta(days=7)).approval, "neutral"),
    ],
)
def test_an_outcome_has_its_colour(approval: Approval, tone: str) -> None:
    seen = Seen(html_of(settled(approval, CallbackState.DELIVERED)))
    tones = {attributes.get("class") for _, attributes in seen.tags} & {"approved", "rejected", "neutral"}
    assert tones == {tone}


def test_points_in_time_are_on_the_readers_clock_with_utc_beside_it() -> None:
    ana = Person(id="ana", email="ana@example.com", timezone="Asia/Tokyo")
    approval = an_approval(directory=Directory(people={"ana": ana}), reviewers=("ana", "ben@example.com"))
    ben = a_notice(to="ben@example.com", audience=ForReviewer(1))
    for text in both(written(approval)):
        assert "Mon 9 Mar 2026, 18:30 (Asia/Tokyo, 09:30 UTC), in 7 days" in text
    for text in both(written(approval, ben)):
        assert "Mon 9 Mar 2026, 09:30 UTC, in 7 days" in text


def test_a_link_of_an_earlier_version_that_browsers_may_read_otherwise_is_left_out() -> None:
    approval = an_approval(links=(Link(label="Order", url="https://shop.example.com/1"),))
    bad = Link(label="Bank", url="https://bank.example@evil.example/")
    approval = change(approval, content=change(approval.content, links=(*approval.content.links, bad)))
    message = written(approval)
    for text in (text_of(message), html_of(message)):
        assert "https://shop.example.com/1" in text
        assert "evil.example" not in text
