"""Two spellings of one mailbox are one address, and addresses that look alike are refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People
from approvals.domain.mail_addresses import is_mail_address, look_alikes, read_mail_address, reference_key
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.problems import Invalid
from tests.builders import an_approval, an_opening

CYRILLIC = "\u043e\u0441\u0430@example.com"
"""It looks like oca@example.com, and is written in Cyrillic letters throughout."""


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("Ana@Example.COM", "Ana@Example.COM"),
        ("ana@b\u00fccher.example", "ana@xn--bcher-kva.example"),
        ("ana@bu\u0308cher.example", "ana@xn--bcher-kva.example"),
        ("ana@stra\u00dfe.example", "ana@xn--strae-oqa.example"),
        ("m\u00fcller@example.com", "m\u00fcller@example.com"),
        ("\u7530\u4e2d@\u4f8b\u3048.jp", "\u7530\u4e2d@xn--r8jz45g.jp"),
        (
            "\u0430\u043d\u043d\u0430@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
            "\u0430\u043d\u043d\u0430@xn--e1afmkfd.xn--p1ai",
        ),
    ],
)
def test_an_address_is_the_one_to_which_mail_is_sent(address: str, sent_to: str) -> None:
    assert read_mail_address(address).text == sent_to


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("\u0430na@example.com", "mixes alphabets"),
        ("ana@ex\u0430mple.com", "mixes alphabets"),
        ("a\u200bna@example.com", "invisible"),
        ("ana@example.com\u202e", "invisible"),
        ("ana", "is not an e-mail address"),
        ("ana@example..com", "is not an e-mail address"),
        (f"ana@{'a' * 64}.com", "is not an e-mail address"),
    ],
)
def test_an_address_that_deceives_the_eye_is_refused_with_the_reason(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_mail_address(address)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ana@b\u00fccher.example", "ANA@xn--bcher-kva.example", True),
        ("jos\u00e9@example.com", "jose\u0301@example.com", True),
        ("stra\u00dfe@example.com", "strasse@example.com", False),
        ("ana@stra\u00dfe.example", "ana@strasse.example", False),
    ],
)
def test_references_are_equal_if_mail_to_them_goes_to_one_mailbox(one: str, other: str, same: bool) -> None:
    assert (reference_key(one) == reference_key(other)) is same


@settings(deadline=None)
@given(st.text("abc\u00e4\u00df\u00e9\u0301\u0430\u043e\u0645\u200d@.-", max_size=20))
def test_the_address_that_mail_is_sent_to_is_read_as_the_same_mailbox(text: str) -> None:
    if is_mail_address(text):
        assert reference_key(read_mail_address(text).text) == reference_key(text) == read_mail_address(text).key


def test_whole_words_of_look_alike_letters_are_found() -> None:
    assert list(look_alikes(["oca@example.com", "ben@example.com", CYRILLIC])) == [(CYRILLIC, "oca@example.com")]
    assert list(look_alikes(["oca@example.com", "OCA@example.com"])) == []


def two_of(*reviewers: str, **changes: object) -> Approval:
    return an_approval(policy=Policy(stages=(Stage(groups=(Group(from_=reviewers, need=2),)),)), **changes)


def test_one_mailbox_is_one_reviewer_however_its_domain_is_written() -> None:
    with pytest.raises(Invalid, match="asks for 2 of 1 person"):
        two_of("ana@b\u00fccher.example", "ana@xn--bcher-kva.example")
    approval = an_approval(reviewers=("ana@b\u00fccher.example", "ana@xn--bcher-kva.example", "ben@example.com"))
    assert len(approval.reviewers) == 2
    assert approval.reviewer("ANA@B\u00dcCHER.example") == approval.reviewers[0]


def test_a_requester_with_the_same_mailbox_is_not_asked() -> None:
    reviewers = ("ana@xn--bcher-kva.example", "ben@example.com")
    approval = an_approval(reviewers=reviewers, requester="ana@b\u00fccher.example")
    assert [reviewer.id for reviewer in approval.reviewers] == ["ben@example.com"]


@pytest.mark.parametrize("change", [{"reviewers": ("oca@example.com", CYRILLIC)}, {"requester": CYRILLIC}])
def test_reviewers_and_a_requester_who_look_alike_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="look alike"):
        an_opening(**{"reviewers": ("oca@example.com",), **change})


def test_a_person_of_the_directory_is_found_by_each_spelling_of_their_address() -> None:
    ana = Person(id="ana", email="ana@b\u00fccher.example")
    found = People(directory=Directory(people={"ana": ana})).directory.person("Ana@xn--bcher-kva.example")
    assert found == ana
