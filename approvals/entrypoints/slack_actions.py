"""What happens when somebody presses a button in Slack. Everything that is said goes to them alone."""

from collections.abc import Callable
from functools import partial

from approvals.adapters import slack_views
from approvals.adapters.slack_buttons import Pressed, needs_modal
from approvals.adapters.slack_refusals import NotDone
from approvals.domain.approval import Answer, Approval, Reviewer
from approvals.domain.errors import AlreadySettled, Invalid, NotFound, Refused, Stale
from approvals.domain.submission import Option
from approvals.entrypoints import slack_answers, slack_inbox, slack_modals
from approvals.entrypoints.slack_answers import ByPage
from approvals.entrypoints.slack_context import Ack, Corner, Slack
from approvals.entrypoints.slack_payloads import Interaction

YOUR_PAGE = "This page is yours alone; please do not pass its link on."
NO_FORM = "Slack did not open the form in time. Press once more, or answer on your page."
LOOKING = "Noted: you are looking at it. The others see that, and may still answer."
LOOKING_ALREADY = "It is noted already that you are looking at it."
_SPENT = {"exchanged_trigger_id"}
"""The form was opened by an earlier delivery of the same press."""


def interact(slack: Slack, sent: Interaction) -> Ack:
    """One answer for each kind of interaction; kinds that we do not know are passed over. Raises Forbidden."""
    team = slack.admit(sent.workspace, organisation=sent.is_enterprise_install)
    match sent.type:
        case "block_actions" if sent.pressed:
            return _press(slack, sent, sent.pressed, corner=_corner(sent, team))
        case "view_submission" if sent.view:
            return slack_modals.submitted(slack, sent, sent.view, team=team)
        case "shortcut" if sent.callback_id == slack_inbox.SHORTCUT:
            return slack_inbox.open_list(slack, sent, team=team)
    return Ack()


def _press(slack: Slack, sent: Interaction, pressed: Pressed, *, corner: Corner) -> Ack:
    """Whatever goes wrong is said, and the press is answered: Slack would otherwise show a fault of ours."""
    tell = partial(slack.tell, corner)
    try:
        approval = slack.approval(pressed.approval_id)
    except NotFound as error:
        return Ack(later=(partial(tell, slack_answers.why_not(error)),))
    try:
        return _PRESSES[pressed.action](slack, sent, approval, pressed, corner)
    except ByPage as error:
        link = slack.link(approval.id, error.reviewer.number)
        return Ack(later=(partial(tell, str(error), link=link),))
    except AlreadySettled as error:
        reviewer = slack.members.reviewer(error.approval, sent.member)
        words = slack_answers.too_late(error.approval, reviewer, pressed.option)
        return Ack(later=(partial(tell, words), slack_inbox.refresh(slack, sent, corner)))
    except (Refused, Invalid, Stale, NotFound) as error:
        return Ack(later=(partial(tell, slack_answers.why_not(error)),))


def _answer(slack: Slack, sent: Interaction, approval: Approval, pressed: Pressed, corner: Corner) -> Ack:
    reviewer = slack_answers.entitled(slack, approval, sent.member)
    option = approval.content.option(pressed.option)
    if option is None:
        raise Refused(slack_answers.NOT_OFFERED)
    if pressed.action == "comment" or needs_modal(approval, option):
        return _ask(slack, sent, approval, option, reviewer, corner)
    answer = Answer(option=option.id)
    decided = slack_answers.decide(slack, approval, reviewer, answer, member=sent.member)
    told = partial(slack.tell, corner, slack_answers.recorded(decided, answer))
    return Ack(later=(told, slack_inbox.refresh(slack, sent, corner)))


def _ask(
    slack: Slack, sent: Interaction, approval: Approval, option: Option, reviewer: Reviewer, corner: Corner
) -> Ack:
    """The modal, before anything else, as its trigger lives for three seconds; in a list it takes the list's place."""
    at = (sent.container and sent.container.message_ts) or ""
    view = slack_views.answer_view(approval, option, reviewer=reviewer, channel=sent.place, ts=at)
    try:
        if sent.view and sent.view.type == "modal":
            slack.api.call("views.update", team=corner.team, view_id=sent.view.id, view=view)
        else:
            slack.api.call("views.open", team=corner.team, trigger_id=sent.trigger_id, view=view)
    except NotDone as error:
        if error.code in _SPENT:
            return Ack()
        link = slack.link(approval.id, reviewer.number)
        return Ack(later=(partial(slack.tell, corner, NO_FORM, link=link),))
    return Ack()


def _page(slack: Slack, sent: Interaction, approval: Approval, pressed: Pressed, corner: Corner) -> Ack:  # noqa: ARG001
    reviewer = slack_answers.known(slack, approval, sent.member)
    return Ack(later=(partial(slack.tell, corner, YOUR_PAGE, link=slack.link(approval.id, reviewer.number)),))


def _claim(slack: Slack, sent: Interaction, approval: Approval, pressed: Pressed, corner: Corner) -> Ack:  # noqa: ARG001
    """Pressed twice it stays as it is: only an answer, or somebody else who looks, takes its place."""
    reviewer = slack_answers.known(slack, approval, sent.member)
    claimed = slack.gateway.claim(approval.id, reviewer=reviewer.number)
    return Ack(later=(partial(slack.tell, corner, LOOKING if claimed.changed else LOOKING_ALREADY),))


def _corner(sent: Interaction, team: str) -> Corner:
    return Corner(team, sent.user.id, sent.place, sent.response_url)


_PRESSES: dict[str, Callable[[Slack, Interaction, Approval, Pressed, Corner], Ack]] = {
    "answer": _answer, "comment": _answer, "page": _page, "claim": _claim,
}  # fmt: skip
