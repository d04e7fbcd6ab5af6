"""Where an approval comes from, who looks at it, and for whom a reviewer answers: facts, and sentences as HTML.

A name keeps its own direction of writing, and a moment is HTML of the page that shows it.
"""

from markupsafe import Markup

from approvals.domain.model.submission import Content
from approvals.presentation.names import execution_name, workflow_name

_ORIGINS = {
    (False, False): Markup("Asked"),
    (True, False): Markup("Asked by <bdi>{requester}</bdi>"),
    (False, True): Markup("Asked for the workflow <bdi>{workflow}</bdi>"),
    (True, True): Markup("Asked by <bdi>{requester}</bdi> for the workflow <bdi>{workflow}</bdi>"),
}
_ORIGINS_SINCE = {
    (False, False): Markup("Asked, {since}"),
    (True, False): Markup("Asked by <bdi>{requester}</bdi>, {since}"),
    (False, True): Markup("Asked for the workflow <bdi>{workflow}</bdi>, {since}"),
    (True, True): Markup("Asked by <bdi>{requester}</bdi> for the workflow <bdi>{workflow}</bdi>, {since}"),
}

ASKED_BY = "Asked by"
"""The label of the requester."""


def origin_facts(content: Content) -> dict[str, str]:
    """Return the workflow, the execution and the state, as far as they are known, by their labels."""
    facts = {
        "Workflow": workflow_name(content),
        "Execution": execution_name(content),
        "State": content.state.name if content.state else None,
    }
    return {label: name for label, name in facts.items() if name}


def origin_html(requester: str, workflow: str, since: str = "") -> Markup:
    """Return who asks, for which workflow, and since when; `since` is left out where it is empty."""
    sentences = _ORIGINS_SINCE if since else _ORIGINS
    return sentences[bool(requester), bool(workflow)].format(requester=requester, workflow=workflow, since=since)


def looking_html(name: str, since: str, *, me: bool) -> Markup:
    """Return who is looking at an approval, for the page of that person or of another."""
    if me:
        return Markup("You are looking at it, since {}.").format(since)
    return Markup("<bdi>{}</bdi> is looking at it, since {}.").format(name, since)


def principal_html(name: str, until: str = "") -> Markup:
    """Return for whom the reader answers, and until when that person is away."""
    if until:
        return Markup("You answer for <bdi>{}</bdi>, who is away until {}.").format(name, until)
    return Markup("You answer for <bdi>{}</bdi>.").format(name)
