"""Sentences about where an approval comes from are whole, and escape names."""

import pytest
from markupsafe import Markup

from approvals.presentation.messages.origins import looking_html, origin_html, principal_html


@pytest.mark.parametrize(
    ("requester", "workflow", "since", "sentence"),
    [
        ("", "", "1 hour ago", "Asked, 1 hour ago"),
        ("rhea", "", "1 hour ago", "Asked by <bdi>rhea</bdi>, 1 hour ago"),
        ("", "refunds", "", "Asked for the workflow <bdi>refunds</bdi>"),
        ("<b>", "refunds", "", "Asked by <bdi>&lt;b&gt;</bdi> for the workflow <bdi>refunds</bdi>"),
    ],
)
def test_the_origin_of_an_approval(requester: str, workflow: str, since: str, sentence: str) -> None:
    assert origin_html(requester, workflow, since) == sentence


def test_who_looks_at_it_and_for_whom_a_reviewer_answers() -> None:
    now = Markup("<time>now</time>")
    assert looking_html("Ana", now, me=True) == "You are looking at it, since <time>now</time>."
    assert looking_html("<Ana>", now, me=False) == "<bdi>&lt;Ana&gt;</bdi> is looking at it, since <time>now</time>."
    assert principal_html("Ana") == "You answer for <bdi>Ana</bdi>."
    assert principal_html("Ana", now) == "You answer for <bdi>Ana</bdi>, who is away until <time>now</time>."
