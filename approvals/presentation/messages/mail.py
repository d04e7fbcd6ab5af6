"""Labels and sentences that mails alone have, beside their first words."""

from datetime import datetime
from typing import Literal

from approvals.presentation.moments import moment_for
from approvals.presentation.spans import relative

ANSWER_BY = "Answer by"
OPEN_UNTIL = "Open until"
OWN_LINK = "Get your own link"
"""The link of a mail to a channel."""
ANSWERS_SO_FAR = "Answers so far"
WHO_ANSWERED = "Who answered"
Stakes = Literal["answer", "look", "is", "was"]
_HIGH_RISK: dict[Stakes, str] = {
    "answer": "Look closely: to approve, you will be asked to type your answer.",
    "look": "Reviewers are asked to look closely.",
    "is": "This is an approval with a high risk.",
    "was": "This was an approval with a high risk.",
}
Holder = Literal["channel", "answers", "person", "nobody", "nobody, settled"]
_FOOTERS: dict[Holder, str] = {
    "channel": (
        "The link answers for nobody: those who may answer name their address there, and get a link of their own by"
        " mail."
    ),
    "answers": "Do not forward this mail: the link is yours and answers in your name.",
    "person": "Do not forward this mail: the link is yours.",
    "nobody": "This mail is for information. Those who may answer were written to and have links of their own.",
    "nobody, settled": "This mail is for information.",
}


def due_text(at: datetime, *, now: datetime, timezone: str | None) -> str:
    """“Mon 2 Mar 2026, 10:30 (Europe/Berlin, 09:30 UTC), in 3 hours”."""
    return f"{moment_for(at, timezone)}, {relative(at - now)}"


def high_risk_sentence(stakes: Stakes) -> str:
    """Return the sentence after “High risk.”: what the reader should do, or that it is or was one."""
    return _HIGH_RISK[stakes]


def footer_sentence(holder: Holder) -> str:
    """Return the last sentence, by whom the link of the mail is for."""
    return _FOOTERS[holder]


def preview_sentence(due: str, *, high_risk: bool) -> str:
    """Return what a list of mails shows beside the subject."""
    return f"High risk. Answer by {due}." if high_risk else f"Answer by {due}."


def digest_preview(due: str, high_risk: int) -> str:
    """Return the same for a digest with so many approvals of high risk."""
    return f"{high_risk} of high risk. First deadline: {due}." if high_risk else f"First deadline: {due}."


def question_label(asker: str) -> str:
    """Return the label of a question."""
    return f"{asker} asks"
