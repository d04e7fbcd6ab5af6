"""Hostile text is inert in everything that we show in Slack: in each of 200 submissions every text that a sender
chooses is hostile, and all of it goes through the checker in tests/support/slack/block_kit_rules.py."""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.adapters.slack.blocks.home_tab import Waiting, home_view
from approvals.adapters.slack.blocks.message import message, thread_reply
from approvals.adapters.slack.blocks.modal import answer_view, recorded_view, refused_view, settled_view
from approvals.adapters.slack.blocks.outcomes import outcomes_message
from approvals.adapters.slack.blocks.private_note import to_requester, to_reviewer
from approvals.adapters.slack.blocks.text import escaped, fitted, inert, shortened, units
from approvals.demo.fake_slack.schema.validation import check_message_blocks, check_view
from approvals.domain.lifecycle.digest import MOST_LINES, OutcomeDigest, OutcomeLine
from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.action_state import ActionState, Claim, ReviewerQuestion
from approvals.domain.model.approval import Approval, CallbackState, Decision
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import EventName, QuestionAsked
from approvals.domain.model.submission import Content, Execution, Link, Option, State, StateMachine
from tests.builders import NOW, an_approval
from tests.support.slack.block_kit_rules import fallback_problems, message_problems, problems, said
from tests.support.slack.published_types import SlackTypes

SECRET = "only-on-the-page-4711"
EVENTS: list[EventName] = ["asked", "reminded", "escalated", "refreshed", "settled"]
QUESTION_NOTICE = Notice(about=QuestionAsked(0), channel="slack", to="U0RHEA", audience=ForRequester())
HOSTILE = (
    "<!channel>", "<!here|here>", "<!everyone>", "<@U024BE7LH>", "<@U1|boss>", "<#C024BE7LR|general>",
    "<!subteam^S1|@admins>", "<http://evil.example|https://good.example>", "&lt;!channel&gt;", "&amp;lt;!here&amp;gt;",
    "<!date^0^{date}^https://evil.example|x>", "*bold* _it_ ~no~ `code` ```block```", "> quoted\n> twice",
    "@channel @here", "#general", "https://evil.example",
    ":white_check_mark: *Approved*", "\u202egnp.exe", "\u2067rtl\u2069 مرحبا שלום",
    "zero\u200bwidth\u200djoin\ufeff\u2060", "\u200b\u200c\u200d", "\U000e0041\U000e0042tags", "a\x00b\x1b[31mc\x7f",

    "line\u2028para\u2029\r\nnext", "👩‍👩‍👧‍👦" * 60, "🏴" * 3000, "\U00020000" * 200, "Z̸̡̢̛̛̖a̸l̸g̸o̸" * 40,
    "&" * 3000, "<" * 3000, ">" * 800,
    "x" * 100_000, "é" * 100_000, "\n" * 5000, " " * 300, "\t", "\u3164\u2800",
    "{\"type\":\"mrkdwn\"}", "|" * 400,
)  # fmt: skip


def hostile(seed: int) -> Approval:
    """An approval of which every text is hostile: also such as is refused when it opens, or cut by what stores it."""
    chance = random.Random(seed)

    schemes = ("https://shop.example/", "http://", "https://<!here>", "https://shop.example/" + "a" * 300)

    def word(most: int = 400) -> str:
        count = chance.choice((1, 1, 2, 3))
        return ("".join(chance.choice(HOSTILE) for _ in range(count)))[:most] or "<!here>"

    options = tuple(
        Option(id=f"o{n}", label=word(60), side=chance.choice(("approve", "reject")) if n else "approve",
               style=chance.choice(("default", "primary", "danger")), comment=chance.choice((None, "required")))
        for n in range(chance.choice((1, 2, 10)))
    )  # fmt: skip
    questions = [
        Question(title=word(200), description=word(1000)),
        Question(title=word(200), type="integer", minimum=-(10**30), maximum=1e300),
        Question(title=word(200), enum=tuple(word() for _ in range(chance.choice((1, 4, 100))))),
        Question(title=word(200), type="boolean", description=word(1000)),
        Question(title=word(200), format="multiline", max_length=4000, default=word(4000)),
        Question(title=word(200), type="number", default=1e-300),
    ]
    form = Form(properties={f"q{n}": each for n, each in enumerate(questions)}, required=("q0", "q2"))
    details: dict[str, Any] = {word(300): word() for _ in range(chance.choice((1, 5, 40)))}
    details |= {
        word(300): word(chance.choice((400, 100_000))),
        "list": [word() for _ in range(50)],
        "deep": {word(): [{word(): word()}]},
        "<!here>": SECRET,
    }
    details |= {"numbers": [1e300, -0.0, None, True, 10**40]}
    content = Content(
        title=word(200), description=word(100_000), details=details, sensitive=("<!here>", "not there"),
        links=tuple(
            Link(label=word(100), url=chance.choice(schemes) + word(1700))
            for _ in range(chance.choice((0, 1, 20)))
        ),
        risk=chance.choice(("low", "normal", "high")), requester=word(320), options=options,
        form=chance.choice((None, form)), execution=Execution(id=word(2048), name=word(256)),
        state=State(name=word(256)), state_machine=StateMachine(id=word(), name=chance.choice(("", word()))),
    )  # fmt: skip
    approval = an_approval(
        id="0190f6c2-6f1c-7c3e-8d55-0123456789ab", reviewers=("ana@example.com", "ben@example.com"), need=2
    )
    reviewers = tuple(msgspec.structs.replace(r, name=word(), id=word()) for r in approval.reviewers)
    [stage] = approval.policy.stages
    groups = tuple(msgspec.structs.replace(g, from_=(word(320), word(320))) for g in stage.groups)
    policy = msgspec.structs.replace(
        approval.policy, stages=(msgspec.structs.replace(stage, name=word(80), groups=groups),)
    )
    answered = Decision(
        reviewer=chance.choice((0, 1)), stage=0, option=options[0].id, side="approve", comment=word(100_000), at=NOW,
        via="link", assurance="link", content_sha256="",
    )  # fmt: skip
    decisions = chance.choice(((), (answered,)))
    return msgspec.structs.replace(
        approval,
        content=content,
        reviewers=reviewers,
        policy=policy,
        decisions=decisions,
        callback_detail=word(),
        actions=ActionState(
            claim=Claim(reviewer=1, at=NOW),
            questions=tuple(ReviewerQuestion(reviewer=0, text=word(2000), at=NOW, reply=word(2000)) for _ in range(3)),
        ),
    )


def ended(approval: Approval, seed: int) -> Approval:
    """Settled in one of the ways in which a sender's words are told."""
    chance = random.Random(seed)
    after = cancel(approval, actor="tests", reason=chance.choice(HOSTILE) * 2, now=NOW).approval
    return msgspec.structs.replace(after, callback=chance.choice(list(CallbackState)))


def told(settled: Approval, *, count: int, link: str) -> OutcomeDigest:
    lines = (OutcomeLine(settled, link),) * min(count, MOST_LINES)
    return OutcomeDigest(to="U0ANA", lines=lines, count=count, by_status=((settled.status, count),), key="key")


def everything(seed: int) -> Iterator[tuple[Any, list[str]]]:
    """Whatever we would show of one hostile submission, with what is wrong with it."""
    approval = hostile(seed)
    event = EVENTS[seed % len(EVENTS)]
    ana = approval.reviewers[0]
    link = "https://approvals.example.com/r/" + "x" * 120
    settled, stand_in = ended(approval, seed), msgspec.structs.replace(approval.reviewers[1], instead_of=(0,))
    for made in (
        message(approval, event=event, reviewer=ana, link=link),
        message(approval, event=event, looking=[r.name for r in approval.reviewers]),
        message(settled, event="settled"),
        thread_reply(approval if seed % 2 else settled, event=event),
        to_reviewer(approval, event="replied", reviewer=ana),
        to_reviewer(msgspec.structs.replace(approval, reviewers=(ana, stand_in)), event="informed", reviewer=ana),
        to_requester(approval, notice=QUESTION_NOTICE, link=link),
        outcomes_message(told(settled, count=1 + seed % 60, link=link)),
    ):
        check_message_blocks(made.blocks)  # raises what Slack would answer
        yield made, message_problems(*made)
    option = approval.content.options[seed % len(approval.content.options)]
    others = (settled_view(settled), refused_view(approval.content.title), recorded_view(approval))
    tab = home_view([Waiting(approval, ana, link)] * (2 if seed % 20 else 30), more=1)
    views = [answer_view(approval, option, reviewer=approval.reviewers[seed % 2]), others[seed % 3], tab]
    for view in views:
        check_view(view, kinds=("modal", "home"))
        yield view, problems(view)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_two_hundred_hostile_submissions_are_inert_and_within_limits(first: int, slack_types: SlackTypes) -> None:
    for seed in range(first, first + 50):
        for shown, wrong in everything(seed):
            assert wrong == [], seed
            assert SECRET not in json.dumps(shown), seed
            if seed % 10 == 0:
                judge = slack_types.view if isinstance(shown, dict) else slack_types.message
                judge(shown if isinstance(shown, dict) else shown.blocks)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.integers(1, 300), st.booleans())
def test_any_text_is_made_inert_within_its_length(text: str, length: int, lines: bool) -> None:
    for made in (inert(text, length, lines=lines), shortened(text, length + 20, lines=lines)):
        assert problems([{"type": "section", "text": {"type": "plain_text", "text": made, "emoji": False}}]) == []
        assert made.strip()
        assert units(made) <= length + 20
        assert lines or "\n" not in made
    assert inert(inert(text, length, lines=lines), length, lines=lines) == inert(text, length, lines=lines)
    assert fallback_problems(escaped(inert(text))) == []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=200))
def test_any_title_label_and_value_are_inert(title: str, label: str, value: str) -> None:
    options = (Option(id="go", label=label, side="approve"),)
    approval = an_approval()
    content = msgspec.structs.replace(
        approval.content, title=title, options=options, details={label: value, "k": value}
    )
    made = message(msgspec.structs.replace(approval, content=content), event="asked")
    assert message_problems(*made) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two\n lines ", "two lines"),
        ("a\u200bb\u202ec\x00", "ab�c�"),
        ("\u200b\u3164", "—"),
        ("", "—"),
        ("\ud800", "�"),
        ("\u200b" * 30_000 + "the end", "…"),
        ("<!channel> &lt;", "<!channel> &lt;"),  # plain_text is not escaped: nothing reads it as mark-up
        ("👩\u200d👧", "👩👧"),
    ],
)
def test_inert_text_is_what_one_sees(text: str, expected: str) -> None:
    assert inert(text) == expected


def test_an_emoji_counts_as_javascript_counts_it() -> None:
    assert fitted("🏴" * 10, 20) == "🏴" * 10
    assert fitted("🏴" * 11, 20) == "🏴" * 9 + "…"
    assert fitted("ab", 1) == fitted("🏴", 1) == "…"


def test_the_checker_finds_what_it_is_for() -> None:
    """It would be silent about everything if it looked at nothing."""
    wrong: list[tuple[Any, str]] = [
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>", "verbatim": True}}], "not ours"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}], "not ours"),
        ([{"type": "section", "text": {"type": "plain_text", "text": "x"}}], "emoji"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": False}}], "151"),
        ([{"type": "section", "text": {"type": "plain_text", "text": "a\u202eb", "emoji": False}}], "unseen"),
        ([{"type": "context", "elements": []}], "0 entries"),
        ([{"type": "image", "image_url": "https://x"}], "image"),
        ([{"type": "divider"}] * 51, "51 blocks"),
    ]
    for blocks, expected in wrong:
        assert any(expected in problem for problem in problems(blocks)), expected
    assert fallback_problems("<!channel>")
    assert said([{"type": "section", "text": {"type": "plain_text", "text": "x"}}]) == "x"
