"""Button presses in Slack. Only the person who pressed the button sees the replies."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from approvals.adapters.slack.blocks import message as slack_blocks
from approvals.adapters.slack.blocks import modal as slack_views
from approvals.adapters.slack.blocks.buttons import Pressed, needs_modal
from approvals.adapters.slack.errors import NotDone
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Reviewer
from approvals.domain.model.errors import AlreadySettled, Refused, Unavailable, Unreadable
from approvals.domain.model.reasons import OptionGone
from approvals.domain.model.submission import Option
from approvals.domain.problems import ApprovalsError
from approvals.entrypoints.slack import answer as slack_answers
from approvals.entrypoints.slack import modal_submit as slack_modals
from approvals.entrypoints.slack import pending_list as slack_inbox
from approvals.entrypoints.slack.answer import ByPage
from approvals.entrypoints.slack.context import Ack, Later, PrivateTarget, Slack
from approvals.entrypoints.slack.payloads import Interaction
from approvals.presentation.messages import slack as texts
from approvals.presentation.refusals import error_sentence

_SPENT = {"exchanged_trigger_id"}
"""The form was opened by an earlier delivery of the same press."""


class Press(NamedTuple):
    """One press of one of our buttons, and the place for replies to the person who pressed it."""

    slack: Slack
    sent: Interaction
    pressed: Pressed
    target: PrivateTarget

    def told(self, words: str, *, link: str | None = None) -> Later:
        return partial(self.slack.tell, self.target, words, link=link)

    @property
    def refreshed(self) -> Later:
        return slack_inbox.refresh(
            self.slack, self.sent, team=self.target.team, private_list=self.sent.private_list
        )  # fmt: skip

    @property
    def put_right(self) -> Later:
        return partial(_put_right, self)


def interact(slack: Slack, sent: Interaction) -> Ack:
    """Respond to an interaction by its kind; unknown kinds are ignored. Raises Forbidden.

    The person reads about an error of the database, because Slack repeats no interaction.
    """
    team = slack.admit(sent.workspace, organisation=sent.is_enterprise_install)
    try:
        return _interacted(slack, sent, team)
    except (Unavailable, Unreadable) as error:
        target = PrivateTarget(team, sent.user.id, sent.place, sent.response_url)
        return Ack(later=(partial(slack.tell, target, slack_answers.error_text(error)),))


def _interacted(slack: Slack, sent: Interaction, team: str) -> Ack:
    match sent.type:
        case "block_actions" if sent.pressed:
            target = PrivateTarget(team, sent.user.id, sent.place, sent.response_url)
            return _pressed(Press(slack, sent, sent.pressed, target))
        case "view_submission" if sent.view:
            return slack_modals.submitted(slack, sent, view=sent.view, team=team)
        case "shortcut" if sent.callback_id == slack_inbox.SHORTCUT:
            return slack_inbox.open_list(slack, sent, team=team)
    return Ack()


def _pressed(press: Press) -> Ack:
    """Handle a press. Every error is explained and acknowledged; Slack would otherwise show an error of the app."""
    try:
        approval = press.slack.approval(press.pressed.approval_id)
    except ApprovalsError as error:
        return Ack(later=(press.told(slack_answers.error_text(error)),))
    try:
        return _PRESSES[press.pressed.action](press, approval)
    except ByPage as error:
        link = press.slack.link(approval.id, error.reviewer.number)
        return Ack(later=(press.told(error_sentence(error), link=link),))
    except AlreadySettled as error:
        reviewer = press.slack.members.reviewer(error.approval, press.sent.member)
        words = slack_answers.too_late_text(error.approval, reviewer=reviewer, option=press.pressed.option)
        return Ack(later=(press.told(words), press.put_right, press.refreshed))
    except ApprovalsError as error:
        return Ack(later=(press.told(slack_answers.error_text(error, form=approval.form)),))


def _put_right(press: Press) -> None:
    """Update a message that still shows buttons after the outcome. Its response URL needs no token."""
    approval = press.slack.approval(press.pressed.approval_id)
    if approval.pending or press.sent.view or press.sent.private_list:
        return
    words = slack_blocks.message(approval, event="settled")
    press.slack.responses.send(press.target.response_url, {"replace_original": True, **words._asdict()})


def _answer(press: Press, approval: Approval) -> Ack:
    slack = press.slack
    reviewer = slack_answers.reviewer_who_may_answer(slack, approval, member=press.sent.member)
    option = approval.content.option(press.pressed.option)
    if option is None:
        raise Refused(OptionGone())
    if press.pressed.action == "comment" or needs_modal(approval, option):
        return _ask(press, approval, option=option, reviewer=reviewer)
    standing = approval.latest(approval.stage).get(reviewer.number)
    comment = standing.comment if standing and standing.own and standing.option == option.id else ""
    answer = Answer(option=option.id, comment=comment)
    decided = slack_answers.decide(slack, approval, reviewer=reviewer, answer=answer, sent=press.sent)
    return Ack(later=(press.told(slack_answers.recorded_text(decided, reviewer=reviewer)), press.refreshed))


def _ask(press: Press, approval: Approval, *, option: Option, reviewer: Reviewer) -> Ack:
    """Open the modal first, because its trigger expires after three seconds; in a list it replaces the list."""
    sent = press.sent
    view = slack_views.answer_view(
        approval, option, reviewer=reviewer, channel=sent.place, private_list=sent.private_list
    )  # fmt: skip
    call = partial(press.slack.api.call, team=press.target.team, view=view)
    try:
        if sent.view and sent.view.type == "modal":
            call("views.update", view_id=sent.view.id)
        else:
            call("views.open", trigger_id=sent.trigger_id)
    except NotDone as error:
        if error.code in _SPENT:
            return Ack()
        return Ack(later=(press.told(texts.NO_FORM, link=press.slack.link(approval.id, reviewer.number)),))
    return Ack()


def _page(press: Press, approval: Approval) -> Ack:
    reviewer = slack_answers.reviewer_of_member(press.slack, approval, member=press.sent.member)
    return Ack(later=(press.told(texts.YOUR_PAGE, link=press.slack.link(approval.id, reviewer.number)),))


def _claim(press: Press, approval: Approval) -> Ack:
    """Claim the approval. A repeated press changes nothing, because Slack may send it twice."""
    reviewer = slack_answers.reviewer_of_member(press.slack, approval, member=press.sent.member)
    actor = Actor(via="slack", facts={"member": str(press.sent.member)})
    claimed = press.slack.gateway.claim(approval.id, reviewer=reviewer.number, actor=actor)
    return Ack(later=(press.told(texts.LOOKING if claimed.changed else texts.LOOKING_ALREADY),))


_PRESSES: dict[str, Callable[[Press, Approval], Ack]] = {
    "answer": _answer, "comment": _answer, "page": _page, "claim": _claim,
}  # fmt: skip
