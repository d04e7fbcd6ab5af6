"""Sentences whose words depend on a number, in mails, Slack messages and the inbox."""

from collections.abc import Sequence

from approvals.domain.model.approval import Status
from approvals.presentation.lists import listed

_STATUS_WORDS = {Status.SUPERSEDED: "replaced"}


def waiting_title(count: int) -> str:
    """Return how many approvals wait for the reader: the title of the inbox and of a digest."""
    match count:
        case 0:
            return "Nothing waits for your answer"
        case 1:
            return "1 approval waits for your answer"
        case _:
            return f"{count} approvals wait for your answer"


def digest_subject(count: int, high_risk: int) -> str:
    return f"{waiting_title(count)} ({high_risk} high risk)" if high_risk else waiting_title(count)


def settled_title(count: int) -> str:
    """Return how many approvals are settled: the title of the mail about them."""
    return "1 approval is settled" if count == 1 else f"{count} approvals are settled"


def statuses_sentence(by_status: Sequence[tuple[Status, int]]) -> str:
    """“12 approved, 3 rejected and 1 expired.”"""
    return f"{listed([f'{count} {_STATUS_WORDS.get(status, str(status))}' for status, count in by_status])}."


def outcomes_left_out_sentence(count: int) -> str:
    if count == 1:
        return "… and 1 more outcome that is not listed here."
    return f"… and {count:,} more outcomes that are not listed here."


def left_out_sentence(count: int) -> str:
    """Return how many entries of a mail are on the page only; an empty text if there are none."""
    return f"… and {count} more on the page." if count else ""


def recorded_title(recorded: int, failed: int) -> str:
    """Return how many of several answers were recorded."""
    match recorded, failed:
        case 1, 0:
            return "1 answer recorded"
        case _, 0:
            return f"{recorded} answers recorded"
        case 1, _:
            return f"1 answer recorded, {failed} not"
        case _:
            return f"{recorded} answers recorded, {failed} not"


def one_by_one_sentence(count: int) -> str:
    """Return how many approvals of the inbox cannot be answered together with others."""
    if count == 1:
        return "1 further down is answered on its own."
    return f"{count} further down are answered one by one."


def high_risk_sentence(count: int) -> str:
    """Return how many approvals of a digest are of high risk, and how they are answered."""
    if count == 1:
        return "One of them: it is answered on a page of its own."
    return f"{count} of them: they are answered one by one, each on a page of its own."


def links_left_out_sentence(count: int) -> str:
    return "1 link is on the page only." if count == 1 else f"{count} links are on the page only."


def earlier_answers_sentence(count: int) -> str:
    return "1 earlier answer is on the page." if count == 1 else f"{count} earlier answers are on the page."


def looking_sentence(names: Sequence[str]) -> str:
    """Return who is looking at an approval."""
    return f"{listed(names)} are looking at it." if len(names) > 1 else f"{listed(names)} is looking at it."


def details_left_out_sentence(count: int, hidden: Sequence[str]) -> str:
    """Return how many details are left out of a message, and the names of the sensitive ones."""
    names = listed(hidden)
    match count, len(hidden):
        case 0, _:
            return f"On the page only: {names}."
        case _, 0:
            return f"On the page only: {count} more."
        case _:
            return f"On the page only: {names}, and {count} more."
