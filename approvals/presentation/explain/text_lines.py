"""An explanation as lines of text: its sentences, then what happens at which moment."""

from collections.abc import Iterator

from approvals.presentation.explain.forecast import Moment
from approvals.presentation.explain.policy_explanation import Explanation
from approvals.presentation.moments import row_moment
from approvals.presentation.text import plain


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Return the explanation as lines of text: first the sentences, then the moments."""
    yield from map(plain, explanation.text)
    now = explanation.now
    past = [moment for moment in explanation.timeline if moment.at and moment.at < now]
    dated = [moment for moment in explanation.timeline if moment.at and moment.at >= now]
    pending = explanation.status == "pending"
    yield from _table("What has happened:", past, explanation.timezone)
    yield from _table("If nobody answers:" if pending else "What happens:", dated, explanation.timezone)
    yield from _later([moment for moment in explanation.timeline if moment.at is None])
    yield from ("", f"All times are those of {explanation.timezone}.")


def _table(title: str, moments: list[Moment], timezone: str) -> Iterator[str]:
    if moments:
        yield from ("", title)
    for moment in moments:
        assert moment.at is not None  # noqa: S101  the caller has sorted them
        yield f"  {row_moment(moment.at, timezone)}  {plain(moment.what)}"


def _later(moments: list[Moment]) -> Iterator[str]:
    if moments:
        yield from ("", "Later steps:")
    for moment in moments:
        yield f"  {plain(moment.when)}: {plain(moment.what)}"
