"""The words around the content of a mail: its subject, its first sentences, its labels and its footer."""

from typing import Any

from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.lifecycle.questions import question_of
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForChannel, ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Escalated
from approvals.presentation.messages import notes
from approvals.presentation.messages.headlines import OWN_REQUEST_HEADLINE, Circumstances, headline, lead, subject
from approvals.presentation.messages.mail import (
    ANSWER_BY,
    ANSWERS_SO_FAR,
    OPEN_UNTIL,
    WHO_ANSWERED,
    Holder,
    Stakes,
    footer_sentence,
    high_risk_sentence,
    preview_sentence,
)
from approvals.presentation.names import given_sentence, named_operator, option_label
from approvals.presentation.text import capital, plain
from approvals.presentation.unreachable import unreachable_sentences


def labels(notice: Notice, approval: Approval, *, link: str | None, due: str, answers: bool) -> dict[str, str]:
    """Return the labels and sentences that depend on the reader and on the state of the approval."""
    settled = notice.event == "settled"
    stakes: Stakes = "was" if settled else "is" if notice.event == "answered" else "answer" if answers else "look"
    return {
        "due": due,
        "due_label": ANSWER_BY if answers else OPEN_UNTIL,
        "high_risk_sentence": high_risk_sentence(stakes),
        "preview": preview_sentence(due, high_risk=approval.content.risk == "high"),
        "decisions_title": WHO_ANSWERED if settled or not approval.pending else ANSWERS_SO_FAR,
        "footer": footer_sentence(_holder(notice, link=link, answers=answers)),
    }


def _holder(notice: Notice, *, link: str | None, answers: bool) -> Holder:
    settled = notice.event == "settled"
    if link is None:
        return "nobody, settled" if settled else "nobody"
    if isinstance(notice.audience, ForChannel) and not settled:
        return "channel"
    return "answers" if answers and not settled else "person"


def first_words(notice: Notice, approval: Approval, about: dict[str, str]) -> dict[str, str]:
    """The subject, the line above the title, and the sentences below it."""
    content, question = approval.content, question_of(notice.about, approval)
    personal, to_requester = not isinstance(notice.audience, ForChannel), isinstance(notice.audience, ForRequester)
    given = Circumstances(
        personal=personal,
        requester=plain(content.requester or ""),
        asker=about["asker"],
        in_place_of=about["in_place_of"],
        why_not=about["why_not"],
        replaces=asked_instead(notice, approval),
        unreached=" ".join(unreachable_sentences(approval)),
        answers=about["button"] == notes.REVIEW,
        replied_by=capital(named_operator(question.replied_by)) if question else "",
        **_given(notice, approval),
    )
    return {
        "subject": subject(
            notice.event, plain(content.title), to_requester=to_requester, high_risk=content.risk == "high"
        ),
        "headline": OWN_REQUEST_HEADLINE
        if is_outcome_to_requester(notice)
        else headline(notice.event, personal=personal),
        "lead": lead(notice.event, given),
    }


def _given(notice: Notice, approval: Approval) -> dict[str, Any]:
    """Return the sentence about the answer that somebody gave for the reader, and whether they may change it."""
    reader = approval.addressee(notice.audience)
    decision = approval.latest().get(reader.number) if reader else None
    if reader is None or decision is None or decision.own:
        return {}
    may_change = approval.pending and may_answer(approval, reader.number) is None
    return {"given": given_sentence(decision, option_label(approval, decision.option)), "may_change": may_change}


def is_outcome_to_requester(notice: Notice) -> bool:
    """Return whether it tells a requester the outcome. Its subject says so, whatever was mailed before."""
    return notice.event == "settled" and isinstance(notice.audience, ForRequester)


def asked_instead(notice: Notice, approval: Approval) -> bool:
    """Return whether an escalation asks these people instead of the others."""
    match notice.about:
        case Escalated(stage, step):
            steps = approval.policy.stages[stage].escalate
            return step < len(steps) and steps[step].mode == "replace"
        case _:
            return False
