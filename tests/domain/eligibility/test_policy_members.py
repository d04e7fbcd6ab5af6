"""The addresses of a person: those that this gateway can write to, the preferred one first."""

from typing import Any

import pytest
from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach, reachable_addresses

MAIL, SLACK = ("mail", "ana@example.com"), ("slack", "U0ANA")


@pytest.mark.parametrize(
    ("person", "channels", "expected"),
    [
        ({}, {"mail", "slack"}, (SLACK, MAIL)),
        ({"notify": "slack"}, {"mail", "slack"}, (SLACK, MAIL)),
        ({"notify": "mail"}, {"mail", "slack"}, (MAIL, SLACK)),
        ({"notify": "mail"}, {"slack"}, (SLACK,)),  # what is not set up here reaches nobody
        ({}, {"mail"}, (MAIL,)),
        ({"slack": None}, {"mail", "slack"}, (MAIL,)),
        ({"email": None}, {"mail"}, ()),
    ],
)
def test_slack_comes_first_unless_they_want_mail(
    person: dict[str, Any], channels: set[str], expected: tuple[tuple[str, str], ...]
) -> None:
    ana = Person(**{"id": "ana", "email": MAIL[1], "slack": SLACK[1], **person})
    assert reachable_addresses(ana, Reach(channels=frozenset(channels))) == expected


def test_whom_a_directory_found_is_forgotten_by_a_changed_one() -> None:
    before = Directory(people={"ana": Person(id="ana", email=MAIL[1])})
    assert [before.person(reference) for reference in (MAIL[1], "ben")] == [before.people["ana"], None]
    after = replace(before, people={"ben": Person(id="ben", email="ben@example.com")})
    assert after.person("ben") == after.people["ben"]
    assert after.person(MAIL[1]) == Person(id=MAIL[1], name=MAIL[1], email=MAIL[1])
