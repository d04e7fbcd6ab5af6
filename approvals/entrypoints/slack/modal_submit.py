"""Submitted modals: the modal shows the problems of an answer, and closes once the answer is recorded."""

from functools import partial
from typing import Any

import msgspec

from approvals.adapters.slack.blocks import modal as slack_views
from approvals.adapters.slack.blocks.modal_inputs import COMMENT, answer_of, errors_of, shows_all
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.errors import AlreadySettled, NotFound, Refused, Stale, Unavailable, Unreadable
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.entrypoints.slack import answer as slack_answers
from approvals.entrypoints.slack import pending_list as slack_inbox
from approvals.entrypoints.slack.context import Ack, Later, PrivateTarget, Slack
from approvals.entrypoints.slack.payloads import Interaction, ViewPayload, read_metadata
from approvals.presentation.messages import slack as texts
from approvals.presentation.refusals import error_sentence

CLEAR = {"response_action": "clear"}


class About(msgspec.Struct, frozen=True):
    """The metadata that the gateway wrote into the modal when it opened it."""

    approval: str
    option: str
    channel: str = ""
    private_list: str = ""


def submitted(slack: Slack, sent: Interaction, *, view: ViewPayload, team: str) -> Ack:
    if view.callback_id != slack_views.CALLBACK:
        return Ack()
    try:
        return _submitted(slack, sent, view=view, team=team)
    except (Stale, Unavailable, Unreadable) as error:  # the modal stays open with what was written in it
        return Ack({"response_action": "errors", "errors": {COMMENT: slack_answers.error_text(error)}})


def _submitted(slack: Slack, sent: Interaction, *, view: ViewPayload, team: str) -> Ack:
    about = read_metadata(view, About)
    if about is None:
        return Ack(_instead(slack_views.refused_view(texts.UNREADABLE)))
    try:
        approval = slack.approval(about.approval)
    except NotFound:
        return Ack(_instead(slack_views.refused_view(texts.GONE)))
    answer = answer_of(view.state.values if view.state else {}, approval=approval, option=about.option)
    target = PrivateTarget(team, sent.user.id, about.channel)
    refresh = slack_inbox.refresh(slack, sent, team=team, private_list=about.private_list)
    if not shows_all(view.blocks, approval=approval) and (fresh := _fresh_modal(slack, sent, approval, about)):
        return Ack(_instead(fresh))
    return _taken(slack, sent, approval=approval, answer=answer, target=target, refresh=refresh)


def _fresh_modal(slack: Slack, sent: Interaction, approval: Approval, about: About) -> dict[str, Any] | None:
    """Return a modal with the current form; None if the person may not answer, which `decide` then explains."""
    option = approval.content.option(about.option)
    try:
        reviewer = slack_answers.reviewer_who_may_answer(slack, approval, member=sent.member)
    except ApprovalsError:
        return None
    if option is None:
        return None
    return slack_views.answer_view(
        approval,
        option,
        reviewer=reviewer,
        channel=about.channel,
        private_list=about.private_list,
        note=texts.MORE_IS_ASKED,
    )


def _taken(
    slack: Slack, sent: Interaction, *, approval: Approval, answer: Answer, target: PrivateTarget, refresh: Later
) -> Ack:  # fmt: skip
    try:
        reviewer = slack_answers.reviewer_who_may_answer(slack, approval, member=sent.member)
        decided = slack_answers.decide(slack, approval, reviewer=reviewer, answer=answer, sent=sent)
    except Invalid as error:
        return Ack(errors_of(error, approval=approval))
    except AlreadySettled as error:
        return Ack(_instead(_late(slack, sent, approval=error.approval, answer=answer)), (refresh,))
    except Refused as error:
        return Ack(_instead(slack_views.refused_view(error_sentence(error), approval=approval)))
    told = partial(slack.tell, target, slack_answers.recorded_text(decided, reviewer=reviewer))
    return Ack(CLEAR, (told, refresh))


def _late(slack: Slack, sent: Interaction, *, approval: Approval, answer: Answer) -> dict[str, Any]:
    """Return the view after the outcome. A modal that was sent twice gets the result of the first time."""
    reviewer = slack.members.reviewer(approval, sent.member)
    mine = approval.latest().get(reviewer.number) if reviewer else None
    if mine and mine.own and (mine.option, mine.comment) == (answer.option, answer.comment.strip()):
        return slack_views.recorded_view(approval)
    return slack_views.late_view(approval) if approval.pending else slack_views.settled_view(approval)


def _instead(view: dict[str, Any]) -> dict[str, Any]:
    return {"response_action": "update", "view": view}
