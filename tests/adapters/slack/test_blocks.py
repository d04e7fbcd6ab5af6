"""What messages in Slack say to whom."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from approvals.adapters.slack.blocks.buttons import needs_modal
from approvals.adapters.slack.blocks.message import thread_reply
from approvals.domain.lifecycle.settle import cancel, expire
from approvals.domain.model.action_state import ActionState, Claim, ReviewerQuestion
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.topics import EventName
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Link
from tests.adapters.slack.rendered import EVENTS, HIDE, LINK, TWO_OF_TWO, actions, pressable, to_ana, to_channel
from tests.builders import CONTEXT, NOW, an_approval, decided
from tests.support.slack.block_kit_rules import message_problems, said, texts
from tests.support.slack.published_types import SlackTypes


def settled(**changes: Any) -> Approval:
    return msgspec.structs.replace(
        decided(an_approval(**changes), comment="Looks right"), callback=CallbackState.DELIVERED
    )


def test_a_message_states_what_is_asked_by_whom_until_when() -> None:
    approval = an_approval(description="Please **look**", **CONTEXT)
    words = said(to_ana(approval).blocks)
    assert words.startswith("Refund order 1234 (420 €)\n*Your answer is needed.*")
    for part in (
        "Asked by rhea@example.com", "Workflow: refunds", "Execution: order-1234", "State: Wait for finance",
        "Please look", "Order:\n1234", "Amount:\n420", "One answer is enough.",
        f"*Answer by* <!date^{int(approval.deadline.timestamp())}^{{date_short_pretty}} at {{time}}|",
    ):  # fmt: skip
        assert part in words


@pytest.mark.parametrize("make", [to_ana, to_channel])
def test_of_what_was_left_out_nothing_is_shown(make: Any) -> None:
    words = said(make(an_approval(details={}, description="", requester=None)).blocks)
    assert "—" not in words
    assert "On the page only" not in words


def test_a_person_gets_their_own_link_and_a_channel_an_action() -> None:
    mine, shared = to_ana(an_approval()), to_channel(an_approval())
    assert actions(mine.blocks) == ["answer:approve", "answer:reject", "comment", "open"]
    assert pressable(mine.blocks)[-1]["url"] == LINK
    assert actions(shared.blocks) == ["answer:approve", "answer:reject", "comment", "page", "claim"]
    assert "http" not in str(shared.blocks)
    values = {element.get("value") for element in pressable(shared.blocks)} - {None}
    assert values == {"approval-1"}


@pytest.mark.parametrize("event", EVENTS)
def test_no_message_holds_what_a_submission_calls_sensitive(event: EventName) -> None:
    for approval in (an_approval(**HIDE), settled(**HIDE)):
        for made in (to_ana(approval, event), to_channel(approval, event), thread_reply(approval, event=event)):
            assert "hidden@" not in str(made)
    assert "On the page only: Customer." in said(to_ana(an_approval(**HIDE)).blocks)


def test_details_are_at_most_ten_fields_and_nested_ones_are_on_the_page() -> None:
    details: dict[str, Any] = {f"key {n}": n for n in range(12)} | {"nested": {"a": {"b": 1}}, "empty": {}}
    blocks = to_ana(an_approval(details=details)).blocks
    [fields] = [block["fields"] for block in blocks if "fields" in block]
    assert [field["text"] for field in fields] == [f"key {n}:\n{n}" for n in range(10)]
    assert "On the page only: 4 more." in said(blocks)


def test_long_text_is_cut_and_states_where_the_rest_is() -> None:
    blocks = to_ana(an_approval(description="word " * 1000, details={"Log": "x" * 60_000})).blocks
    long = [each["text"] for each in texts(blocks) if "see the page" in each["text"]]
    assert len(long) == 2
    assert all(words.endswith("…, see the page") for words in long)


def test_a_title_too_long_for_a_header_is_written_in_full_below() -> None:
    title = f"{'a' * 180} but not this one"
    words = said(to_ana(an_approval(title=title)).blocks)
    assert words.startswith("a" * 149 + "…\n" + title)


def test_links_show_their_host_and_what_is_dubious_is_on_the_page() -> None:
    links = (
        Link(label="Order", url="https://shop.example.com/orders/12 34?ä=1"),
        Link(label="bank.example", url="https://bank.example@evil.example/"),
        Link(label="Bücher", url="https://bücher.example/"),
    )
    approval = an_approval()
    stored = msgspec.structs.replace(
        approval, content=msgspec.structs.replace(approval.content, links=links)
    )  # a submission of it is refused today
    blocks = to_ana(stored).blocks
    buttons = [block["accessory"] for block in blocks if "accessory" in block]
    assert [b["url"] for b in buttons] == [
        "https://shop.example.com/orders/12%2034?%C3%A4=1", "https://xn--bcher-kva.example/"
    ]  # fmt: skip
    assert "Order\nshop.example.com" in said(blocks)
    assert "Bücher\nxn--bcher-kva.example" in said(blocks)
    assert "1 link is on the page only." in said(blocks)


def test_high_risk_is_emphasized_and_its_approval_asks_for_more_than_a_press() -> None:
    approval = an_approval(risk="high")
    made = to_ana(approval)
    assert ":warning: *High risk.*" in said(made.blocks)
    assert made.text.startswith("High risk. ")
    assert [needs_modal(approval, option) for option in approval.content.options] == [True, False]


def test_who_may_not_answer_gets_the_reason_and_gets_no_options() -> None:
    stages = (Stage(groups=(Group(from_=("ana@example.com",)),)), Stage(groups=(Group(from_=("ben@example.com",)),)))
    approval = decided(an_approval(policy=Policy(stages=stages)))
    blocks = to_ana(approval).blocks
    assert actions(blocks) == ["open"]
    assert "*Nothing is asked of you now.*" in said(blocks)
    assert "You have answered in an earlier step, and one person counts once." in said(blocks)
    assert "answer:approve" in actions(to_channel(approval).blocks)


def test_an_answer_is_in_every_copy_and_may_be_changed() -> None:
    approval = decided(an_approval(policy=TWO_OF_TWO), comment="ok for me")
    mine, shared = to_ana(approval), to_channel(approval)
    assert "You answered “Approve”. Until it is settled you may change your answer." in said(mine.blocks)
    assert "*You have answered; it is not settled yet.*" in said(mine.blocks)
    assert "*An answer is needed.*" in said(shared.blocks)
    for made in (mine, shared):
        assert "1 of 2 needed answers so far." in said(made.blocks)
        assert "ana@example.com: Approve" in said(made.blocks)
        assert "“ok for me”" in said(made.blocks)
        assert "answer:reject" in actions(made.blocks)


def test_a_settled_message_states_how_and_has_nothing_to_press() -> None:
    blocks = to_channel(settled(), "settled").blocks
    words = said(blocks)
    assert ":white_check_mark: *Approved* <!date^" in words
    assert "Approved by ana@example.com. The workflow has resumed." in words
    assert "“Looks right”" in words
    assert not any("url" in block.get("accessory", {}) for block in blocks)
    assert pressable(blocks) == []


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (expire(an_approval(), NOW + timedelta(days=8)).approval, "Expired: nobody answered in time."),
        (cancel(an_approval(), actor="t", reason="<!here> changed", now=NOW).approval, "Cancelled: <!here> changed."),
    ],
)
def test_other_ends_are_worded_as_on_the_page(approval: Approval, expected: str) -> None:
    made = to_channel(approval, "settled")
    assert expected in said(made.blocks)
    assert message_problems(*made) == []


@pytest.mark.parametrize("event", EVENTS)
def test_every_kind_of_message_is_of_slacks_own_types(event: EventName, slack_types: SlackTypes) -> None:
    links = (Link(label="Order", url="https://shop.example.com/orders/1234"),)
    full: dict[str, Any] = {"description": "Please look", "links": links, "risk": "high", **CONTEXT, **HIDE}
    for approval in (
        an_approval(**full), decided(an_approval(policy=TWO_OF_TWO, **{**full, "risk": "low"}), comment="fine"),
        settled(**{**full, "risk": "low"}), settled(),
    ):  # fmt: skip
        shared = to_channel(approval, event, looking=("Ana",))
        for made in (to_ana(approval, event), shared, thread_reply(approval, event=event)):
            slack_types.message(made.blocks)
            assert message_problems(*made) == []


@pytest.mark.parametrize("event", ["reminded", "escalated"])
def test_a_reply_in_the_thread_is_short_while_it_is_open(event: EventName) -> None:
    made = thread_reply(an_approval(), event=event)
    assert len(made.blocks) == 2
    assert pressable(made.blocks) == []
    assert "*Answer by*" in said(made.blocks)


def test_a_reply_on_settlement_states_the_outcome() -> None:
    assert "Approved by ana@example.com. The workflow has resumed." in said(
        thread_reply(settled(), event="settled").blocks
    )


def test_the_channel_sees_who_looks_at_it() -> None:
    blocks = to_channel(an_approval(), looking=("Ana", "<!channel>")).blocks
    assert "Ana and <!channel> are looking at it." in [each["text"] for each in texts(blocks)]


def test_the_channel_sees_the_claim_and_the_questions_with_their_replies() -> None:
    asked = [ReviewerQuestion(reviewer=1, text=f"Question {n}?", at=NOW, reply="Because" * (n > 1)) for n in range(3)]
    actions = ActionState(claim=Claim(reviewer=0, at=NOW), questions=tuple(asked))
    words = said(to_channel(an_approval(actions=actions), looking=("ana@example.com",)).blocks)
    assert "\nana@example.com is looking at it.\n" in words
    assert "Question 0" not in words
    assert "ben@example.com asks: Question 1?\nben@example.com asks: Question 2?\nThe reply: Because" in words
    assert "Earlier questions are on the page." in words


def test_a_stage_may_ask_questions_of_its_own() -> None:
    stage = Stage(groups=(Group(from_=("ana@example.com",)),), form=Form(properties={"why": Question()}))
    approval = an_approval(policy=Policy(stages=(stage,)))
    assert all(needs_modal(approval, option) for option in approval.content.options)


def test_the_fallback_is_escaped() -> None:
    made = to_channel(an_approval(title="<!channel> & <http://evil.example|pay>"))
    assert made.text == "An answer is needed. &lt;!channel&gt; &amp; &lt;http://evil.example|pay&gt;"
