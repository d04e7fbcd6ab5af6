"""The threads of mails: which mails belong to one, and which begin one."""

import email
import email.policy
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.adapters.mail.ses import Ses
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.topics import Asked, Escalated, LinkRefreshed, Reminded, Settled
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from tests.builders import an_approval, decided
from tests.support.domain.topics import TOPICS
from tests.support.mail.messages import LINK, Letterbox, a_notice, change, mailer, written


def test_all_mails_to_one_reviewer_are_one_thread() -> None:
    approval = an_approval()
    first = written(approval)
    others = [written(approval, a_notice(Reminded(0, 1))), written(approval, a_notice(LinkRefreshed(1)))]
    others.append(written(decided(approval, reviewer=1), a_notice(Settled())))
    assert first["Message-ID"] == "<approval-1.0.asked.0@example.com>"
    assert "In-Reply-To" not in first
    root = first["References"]
    for message in others:
        assert message["In-Reply-To"] == first["Message-ID"]
        assert message["References"].split() == [root, first["Message-ID"]]
        assert message["Subject"] == f"Re: {first['Subject']}"
    assert len({m["Message-ID"] for m in (first, *others)}) == 4


def test_the_same_notice_has_the_same_message_id_whenever_it_is_written() -> None:
    early, late = written(an_approval()), written(an_approval(), at=timedelta(days=1))
    assert early["Message-ID"] == late["Message-ID"]


def test_two_reviewers_have_two_threads() -> None:
    ana = written(an_approval())
    ben = written(an_approval(), a_notice(to="ben@example.com", audience=ForReviewer(1)))
    assert ana["Message-ID"] != ben["Message-ID"]
    assert ana["References"] != ben["References"]


def test_a_person_who_comes_in_by_escalation_gets_a_first_mail_and_no_answer_to_one_they_never_got() -> None:
    stage = Stage(
        groups=(Group(from_=("ana@example.com",)),),
        escalate=(Escalation(after="1h", to=("ben@example.com",)), Escalation(after="2h", to=("cleo@example.com",))),
    )
    approval = an_approval(policy=Policy(stages=(stage,)))
    reviewers = [change(r, seats=((0, 0),)) for r in approval.reviewers]  # as they sit once they have joined
    approval = change(approval, reviewers=tuple(reviewers))
    cleo = written(approval, a_notice(Escalated(0, 1), to="cleo@example.com", audience=ForReviewer(2)))
    assert "In-Reply-To" not in cleo
    assert not cleo["Subject"].startswith("Re:")
    reminder = written(approval, a_notice(Reminded(0, 1), to="cleo@example.com", audience=ForReviewer(2)))
    assert reminder["In-Reply-To"] == cleo["Message-ID"]


def test_a_reviewer_of_a_later_stage_gets_a_first_mail_when_that_begins() -> None:
    stages = (Stage(groups=(Group(from_=("ana@example.com",)),)), Stage(groups=(Group(from_=("ben@example.com",)),)))
    approval = decided(an_approval(policy=Policy(stages=stages)))
    ben = written(approval, a_notice(Asked(1), to="ben@example.com", audience=ForReviewer(1)))
    assert "In-Reply-To" not in ben


def test_a_shared_address_has_a_thread_whose_name_does_not_show_it() -> None:
    stage = Stage(groups=(Group(from_=("ana@example.com",)),), notify=("mail:team@example.com",))
    approval = an_approval(policy=Policy(stages=(stage,)))
    asked, settled = (
        written(approval, a_notice(TOPICS[event], to="team@example.com", audience=ForChannel()), link=None)
        for event in ("asked", "settled")
    )
    assert settled["In-Reply-To"] == asked["Message-ID"]
    assert "team" not in asked["Message-ID"]
    other = written(approval, a_notice(to="other@example.com", audience=ForChannel()), link=None)
    assert other["Message-ID"] != asked["Message-ID"]


labels = st.integers(1, 63).map(lambda length: "a" * length)
domains = st.lists(labels, min_size=1, max_size=3).map(lambda names: ".".join([*names, "example"]))


@settings(max_examples=30, deadline=None)
@given(domain=domains)
def test_message_ids_are_sent_as_they_are_whatever_the_length_of_the_domain(domain: str) -> None:
    sender = mailer(None, sender=f"approvals@{domain}")
    first = sender.write(a_notice(), an_approval(), address="ana@example.com", link=LINK)
    later = sender.write(a_notice(Reminded(0, 1)), an_approval(), address="ana@example.com", link=LINK)
    ids = [raw_header(message.as_bytes(), "Message-ID") for message in (first, later)]
    assert ids[0] == f"<approval-1.0.asked.0@{domain}>"
    assert raw_header(later.as_bytes(), "In-Reply-To") == ids[0]
    assert raw_header(later.as_bytes(), "References") == f"<approval-1.0@{domain}> {ids[0]}"


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_long_message_ids_are_on_lines_of_their_own(name: str) -> None:
    sender = mailer(None, sender=f"approvals@{'a' * 60}.{'b' * 60}.example")
    message = sender.write(a_notice(Reminded(0, 1)), an_approval(), address="ana@example.com", link=LINK)
    lines = message.as_bytes().split(b"\r\n")
    assert max(map(len, lines)) < 998  # RFC 5322 section 2.1.1
    assert all(line.count(b"<approval-1") <= 1 for line in lines)
    assert any(line.startswith(name.encode() + b": <") for line in lines)


def raw_header(mail: bytes, name: str) -> str:
    """Return a header as a mail program that decodes nothing reads it: unfolded only."""
    message = email.message_from_bytes(mail, policy=email.policy.compat32)
    return " ".join(str(message[name]).split())


def test_a_later_mail_answers_the_digest_that_asked() -> None:
    later = mailer(Letterbox()).write(
        a_notice(Reminded(0, 1)), an_approval(), address="ana@example.com", link=LINK, thread="<digest.1@example.com>"
    )
    assert later["In-Reply-To"] == "<digest.1@example.com>"
    assert later["References"].split() == ["<approval-1.0@example.com>", "<digest.1@example.com>"]


@pytest.mark.parametrize(
    ("region", "domain"), [("us-east-1", "email.amazonses.com"), ("eu-central-1", "eu-central-1.amazonses.com")]
)
def test_a_mail_that_ses_sent_is_answered_by_the_id_that_ses_gave_it(region: str, domain: str) -> None:
    ses = Ses(lambda: SimpleNamespace(meta=SimpleNamespace(region_name=region)))
    later = mailer(ses).write(
        a_notice(Reminded(0, 1)), an_approval(), address="ana@example.com", link=LINK, thread="0100018f-1234"
    )
    assert later["In-Reply-To"] == f"<0100018f-1234@{domain}>"
