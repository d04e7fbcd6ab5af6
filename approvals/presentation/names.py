"""Names of people, channels, options, steps, workflows and link hosts, as others read them."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from approvals.domain.arns import state_machine_of
from approvals.domain.directory.people import Person
from approvals.domain.eligibility.quorum import member_names
from approvals.domain.model.action_state import Claim, ReviewerQuestion
from approvals.domain.model.approval import Approval, Decision, Reviewer
from approvals.domain.model.policy import Group
from approvals.domain.model.submission import Content, Link
from approvals.domain.web_addresses import read_web_address
from approvals.presentation.lists import listed, listed_html
from approvals.presentation.text import capital, plain

Act = Decision | Claim | ReviewerQuestion
_UNKNOWN = {"command": "an operator (command)", "api": "an API key (API)"}
"""For answers of earlier versions, which did not record who gave them."""
_BY = {"mail": "by mail", "slack": "in Slack"}


def reviewer_name(person: Reviewer | Person) -> str:
    """Return the name of a reviewer, or of a person who may become one, as others see it."""
    return plain(person.name or person.id)


def reviewer_names(reviewers: Iterable[Reviewer]) -> list[str]:
    return [reviewer_name(reviewer) for reviewer in reviewers]


def asked_name_html(approval: Approval, reviewer: Reviewer, *, me: bool) -> Markup:
    """“Ana”, “Ana (you)”, “Ana (for Ben and Cleo)”: a reviewer on a page that is maybe their own, as HTML."""
    name = reviewer_name(reviewer)
    if not reviewer.instead_of:
        return Markup("%s (you)") % (name,) if me else escape(name)
    principals = listed_html(reviewer_names(approval.reviewers[number] for number in reviewer.instead_of), cut=99)
    sentence = Markup("%s (you, for %s)") if me else Markup("%s (for %s)")
    return sentence % (name, principals)


def group_name(group: Group) -> str:
    """“finance”, “Ana Silva and Ben”: the members of a group, as its policy names them."""
    return listed(member_names(group), cut=99)


def link_host(link: Link) -> str:
    """Return the host to show beside a link, in ASCII, so that look-alike letters show as what they are (IDNA 2008)."""
    return url_host(link.url)


def url_host(url: str) -> str:
    """Return the host that a browser opens for an address; empty for one that browsers may read otherwise."""
    try:
        return read_web_address(url).host
    except ValueError:
        return ""


def channel_name(reference: str) -> str:
    """Return the name of a notified channel: “#finance in Slack”, “team@example.com”."""
    channel, _, address = reference.partition(":")
    return f"{address.rpartition('/')[2]} in Slack" if channel == "slack" else address


def channels_in_common(reviewers: Sequence[Reviewer]) -> str:
    """Return the channels in which these people are notified: “by mail”, “by mail or in Slack”."""
    return listed(sorted({_BY[reviewer.addresses[0][0]] for reviewer in reviewers if reviewer.addresses}), word="or")


def channels_by_person(reviewers: Sequence[Reviewer]) -> str:
    """Return who is notified in which channel, “Ana in Slack, Ben by mail”; nothing if one channel has them all."""
    ways: dict[str, list[Reviewer]] = {}
    for reviewer in reviewers:
        if reviewer.addresses:
            ways.setdefault(_BY[reviewer.addresses[0][0]], []).append(reviewer)
    if len(ways) < 2 or len(reviewers) > 6:
        return ""
    return ", ".join(f"{listed(reviewer_names(people))} {way}" for way, people in ways.items())


def step_name(approval: Approval, number: int) -> str:
    """“Step 1 of 2, “finance””; nothing where there is one step only."""
    stage, stages = approval.policy.stages[number], len(approval.policy.stages)
    if stages == 1:
        return ""
    if stage.name:
        return f"Step {number + 1} of {stages}, “{plain(stage.name)}”"
    return f"Step {number + 1} of {stages}"


def workflow_name(content: Content) -> str | None:
    """Return the state machine's name, or the one in its ARN or the execution's."""
    if content.state_machine:
        return content.state_machine.name or content.state_machine.id.rpartition("stateMachine:")[2] or None
    return state_machine_of(content.execution.id).rpartition(":")[2] or None if content.execution else None


def execution_name(content: Content) -> str | None:
    """Return the execution's name, or the end of its ARN."""
    if content.execution is None:
        return None
    return content.execution.name or content.execution.id.rpartition(":")[2] or None


def option_label(approval: Approval, option_id: str | None) -> str:
    """Return the label of an option, or its id where the approval has no such option."""
    option = approval.content.option(option_id or "")
    return plain(option.label if option else option_id or "")


def operator_name(id_: str) -> str:
    """“operator root (command)”, “key deployer (API)”. The id of anybody else is returned as it is."""
    return named_operator(id_) or plain(id_)


def named_operator(id_: str) -> str:
    """Return the same; empty if it is not the id of an operator or a program."""
    kind, _, name = plain(id_).partition(":")
    match kind:
        case "command":
            return f"operator {name} (command)"
        case "key":
            return f"key {name} (API)"
        case "iam":
            return f"AWS identity {name} (API)"
        case _:
            return ""


def actor_name(approval: Approval, act: Act) -> str:
    """“Ben Weiss”, “Ben Weiss, by operator root (command)”: whose answer, claim or question it is, and by whom."""
    return acted_for(reviewer_name(approval.reviewers[act.reviewer]), by_whom(act))


def acted_for(name: str, operator: str) -> str:
    """Return a reviewer's name, and who acted for them; nobody did where `operator` is empty."""
    return f"{name}, by {operator}" if operator else name


def by_whom(act: Act) -> str:
    """“operator root (command)”; nothing where the reviewers did it themselves."""
    match act:
        case Decision() if not act.own:
            return _answered_by(act)
        case Claim(operator=str(operator)) | ReviewerQuestion(operator=str(operator)):
            return operator_name(operator)
        case _:
            return ""


def given_sentence(decision: Decision, label: str) -> str:
    """“You answered “Approve”.”: tell a reviewer their answer, and who gave it if they did not."""
    if decision.own:
        return f"You answered “{label}”."
    return f"{capital(_answered_by(decision))} answered for you with “{label}”."


def _answered_by(decision: Decision) -> str:
    return operator_name(decision.operator) if decision.operator else _UNKNOWN[decision.via]
