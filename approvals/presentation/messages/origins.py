"""Sentences as HTML about where an approval comes from, who looks at it, and for whom a reviewer answers.

A name keeps its own direction of writing, and a moment is HTML of the page that shows it.
"""

from markupsafe import Markup

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
