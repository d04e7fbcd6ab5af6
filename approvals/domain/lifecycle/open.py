"""Open: turn a submission into a pending approval, or report all its problems."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from approvals.domain.calendar.business_hours import later
from approvals.domain.checks.content_checks import submission_problems
from approvals.domain.checks.policy_checks import policy_problems, unsatisfiable
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.due_times import calendar_of
from approvals.domain.eligibility.policy_members import People, Reach, assurance_problems, check_members, excluded_id
from approvals.domain.eligibility.reevaluation import with_current_reviewers
from approvals.domain.eligibility.satisfiability import shortage
from approvals.domain.lifecycle.end_reasons import shortage_reason
from approvals.domain.lifecycle.notices import asked_notices
from approvals.domain.lifecycle.schedule import at_stage, delegation_notices, next_moment
from approvals.domain.lifecycle.settle import approve_by_rule
from approvals.domain.model.approval import Approval, Change, Note, Reviewer
from approvals.domain.model.messages.outgoing import Heartbeat
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.policy import Policy
from approvals.domain.model.reasons import AwayPastDeadline, AwayWithDelegate
from approvals.domain.model.rule import Rule
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid, Problem
from approvals.domain.rules.evaluation import automatic_answer, choose
from approvals.domain.rules.policy_selection import choose_policy
from approvals.domain.values import Value, content_hash

_LEAST_MARGIN, _MOST_MARGIN = timedelta(seconds=5), timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=365)
"""A workflow waits for one year at most: a hard quota of Step Functions."""


class Deployment(Value, frozen=True, kw_only=True):
    """The settings of this deployment that apply to every submission."""

    reach: Reach = Reach()
    default_timeout: timedelta = timedelta(days=7)
    heartbeat: timedelta = timedelta(minutes=20)
    least_margin: timedelta = _LEAST_MARGIN
    plain_http_links: bool = False
    digest_window: timedelta = timedelta()
    """How long a mail notice waits for others to the same reviewer. The outbox applies it; the domain explains it."""


def open_approval(
    submission: Submission,
    *,
    approval_id: str,
    callback_id: str,
    caller: str,
    directory: Directory,
    deployment: Deployment,
    now: datetime,
) -> Change:
    """Return a pending approval with its notices; if a rule approves it, that change is in `then`.

    Raises Invalid with every problem.
    """
    rule = choose(directory.rules, submission, caller=caller)
    choice = choose_policy(submission, directory=directory, rule=rule, caller=caller)
    problems = [*submission_problems(submission, plain_http_links=deployment.plain_http_links), *choice.problems]
    if choice.policy is None:
        raise Invalid(problems)
    ends_at, latest_end, late = _ends(submission, choice.policy, deployment, now)
    content = submission.content()
    approval = Approval(
        id=approval_id, content=content, content_sha256=content_hash(content), policy=choice.policy, reviewers=(),
        stage_since=now, created_at=now, deadline=ends_at, ends_at=ends_at, latest_end=latest_end,
        next_action_at=ends_at, caller=caller, callback_id=callback_id, answers=submission.answers,
    )  # fmt: skip
    if rule and rule.approve:
        return _opened_by_rule(approval, rule, submission, [*problems, *late])
    problems += [*late, *policy_problems(submission, choice.policy, where=choice.where, reach=deployment.reach)]
    approval = at_stage(approval, 0, now)
    people = People(directory=directory, reach=deployment.reach)
    approval, seat_problems = _with_reviewers(approval, people=people, where=choice.where, now=now)
    if problems or seat_problems:
        raise Invalid(_as_written([*problems, *seat_problems], choice.where))
    more = {**({"rule": rule.name} if rule else {}), **_adjusted(submission)}
    facts = {"policy": approval.policy.name, "deadline": ends_at, **more}
    note = Note(event="opened", at=now, actor=caller, facts=facts)
    asked_now = asked_notices(approval, approval.eligible, about=Asked(0), now=now)
    messages = (_heartbeat(submission, deployment), *asked_now, *delegation_notices(approval, now))
    return Change(approval=approval, note=note, messages=messages, reviewers=approval.reviewers)


def _opened_by_rule(approval: Approval, rule: Rule, submission: Submission, problems: list[Problem]) -> Change:
    """Open an approval and approve it at once, without asking anybody."""
    if problems:
        raise Invalid(problems)
    assert rule.approve is not None  # noqa: S101  the caller checked it
    now, option = approval.created_at, automatic_answer(rule, submission)
    note = Note(event="opened", at=now, actor=approval.caller, facts={"rule": rule.name, **_adjusted(submission)})
    then = approve_by_rule(approval, rule=rule.name, because=rule.approve.because, option=option.id, now=now)
    return Change(approval=approval, note=note, then=then)


def _adjusted(submission: Submission) -> dict[str, Any]:
    """Return what was adjusted, for the note, if anything was."""
    return {"adjusted": msgspec.to_builtins(submission.adjustments)} if submission.adjustments else {}


def _with_reviewers(approval: Approval, *, people: People, where: str, now: datetime) -> tuple[Approval, list[Problem]]:
    """Return the approval with its reviewers and what is due next, or the problems of its policy or of its people."""
    policy, requester = approval.policy, approval.content.requester
    seatings, wrong = check_members(policy, people=people, requester=requester, path=where)
    excluded = excluded_id(policy, people.directory, requester)
    wrong = wrong or list(unsatisfiable(policy, seatings, excluded=excluded, path=where))
    wrong += assurance_problems(policy, reach=people.reach, path=where)
    if wrong:
        return approval, wrong
    approval = with_current_reviewers(approval, people=people, now=now, members=seatings)
    short = shortage(approval)
    if short and not approval.current_stage.escalate:
        away = " ".join(filter(None, map(_absence, approval.reviewers)))
        return approval, [Problem(where, f"{shortage_reason(short)} {away}".strip())]
    due = now if short else next_moment(approval)
    return msgspec.structs.replace(approval, next_action_at=due), []


def _absence(reviewer: Reviewer) -> str:
    """Return until when a reviewer who has no seat is away, for the message of a problem."""
    match reviewer.why_not:
        case AwayWithDelegate(until=until) | AwayPastDeadline(until=until):
            return f"{reviewer.name} is away until {until.isoformat()}."
        case _:
            return ""


def margin(state_timeout: timedelta, least: timedelta) -> timedelta:
    """Return how long before the state's timeout the gateway answers: a tenth, at most 5 minutes, at least `least`."""
    return max(min(state_timeout / 10, _MOST_MARGIN), least)


def _as_written(problems: list[Problem], where: str) -> list[Problem]:
    """Return problems with the paths that the sender wrote: the shorthand has no stages."""
    if where != "reviewers":
        return problems
    shown = {
        "reviewers.stages[0].groups[0].from": "reviewers",
        "reviewers.stages[0].groups[0].need": "need",
        "reviewers.stages": "need",
    }
    return [_renamed(problem, shown) for problem in problems]


def _renamed(problem: Problem, shown: dict[str, str]) -> Problem:
    for inner, outer in shown.items():
        if problem.path.startswith(inner):
            return Problem(outer + problem.path[len(inner) :], problem.message)
    return problem


def _ends(
    submission: Submission, policy: Policy, deployment: Deployment, now: datetime
) -> tuple[datetime, datetime, list[Problem]]:
    """Return the deadline, the latest deadline after extensions, and the problems of both.

    The sooner of the policy's timeout and the state's own, less a margin in which the workflow gets the callback.
    """
    by_policy = later(calendar_of(policy), now, policy.timeout) if policy.timeout else now + deployment.default_timeout
    if submission.timeout_seconds is None:
        return by_policy, now + LONGEST_WAIT, []
    own = timedelta(seconds=submission.timeout_seconds)
    spare = margin(own, deployment.least_margin)
    entered = submission.state.entered_time if submission.state else None
    ends = min(entered or now, now) + own
    latest = ends - spare
    if min(by_policy, latest) > now:
        return min(by_policy, latest), latest, []
    if ends <= now:
        return now, latest, [Problem("timeoutSeconds", f"the state gave up waiting at {ends.isoformat()}")]
    least = int(spare.total_seconds()) + 1
    return now, latest, [Problem("timeoutSeconds", f"leaves no time to answer; give at least {least} more seconds")]


def _heartbeat(submission: Submission, deployment: Deployment) -> Heartbeat:
    """Return the heartbeat: a third of the state's interval, so that two may fail.

    Without an interval, a slow one still finds out whether the state waits.
    """
    if submission.heartbeat_seconds is None:
        return Heartbeat(every_seconds=int(deployment.heartbeat.total_seconds()), required=False)
    return Heartbeat(every_seconds=max(1, submission.heartbeat_seconds // 3), required=True)
