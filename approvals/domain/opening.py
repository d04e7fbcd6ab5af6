"""Opening: from a submission to a pending approval, or to everything that is wrong with it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from approvals.domain.approval import Approval, Change, Note
from approvals.domain.content_rules import submission_faults
from approvals.domain.directory import EMAIL, Directory
from approvals.domain.errors import Fault, Invalid
from approvals.domain.messages import Heartbeat
from approvals.domain.policy import Policy, TakeOption, escalations, reminders, simple_policy
from approvals.domain.schedule import asked, next_action
from approvals.domain.seating import Reach, seat
from approvals.domain.submission import Content, Submission
from approvals.domain.values import Value, content_hash, duration

_LEAST_MARGIN, _MOST_MARGIN = timedelta(seconds=5), timedelta(minutes=5)


class Terms(Value, frozen=True, kw_only=True):
    """What this deployment adds to every submission."""

    reach: Reach = Reach()
    default_timeout: timedelta = timedelta(days=7)
    heartbeat: timedelta = timedelta(minutes=20)
    least_margin: timedelta = _LEAST_MARGIN
    plain_http_links: bool = False


def open_approval(
    submission: Submission,
    *,
    approval_id: str,
    callback_id: str,
    caller: str,
    directory: Directory,
    terms: Terms,
    now: datetime,
) -> Change:
    """A pending approval with its notices. Raises Invalid with every fault."""
    policy, where, unknown = _policy(submission, directory)
    if policy is None:
        raise Invalid([*submission_faults(submission, plain_http_links=terms.plain_http_links), *unknown])
    reviewers, faults = seat(policy, directory=directory, requester=submission.requester, reach=terms.reach, path=where)
    deadline, late = _deadline(submission, policy, terms, now)
    faults = [
        *submission_faults(submission, plain_http_links=terms.plain_http_links),
        *faults,
        *late,
        *_policy_faults(submission, policy, where, terms),
    ]
    if faults:
        raise Invalid(_as_written(faults, submission))
    content = submission.content()
    approval = Approval(
        id=approval_id,
        content=content,
        content_sha256=content_hash(content),
        policy=policy,
        reviewers=reviewers,
        stage_since=now,
        created_at=now,
        deadline=deadline,
        next_action_at=deadline,
        caller=caller,
        callback_id=callback_id,
        answers=submission.answers,
    )
    approval = msgspec.structs.replace(approval, next_action_at=next_action(approval))
    note = Note(event="opened", at=now, actor=caller, facts={"policy": policy.name, "deadline": deadline})
    messages = (_heartbeat(submission, terms), *asked(approval, approval.eligible, "asked", 0))
    return Change(approval=approval, note=note, messages=messages, reviewers=reviewers)


def supersedes(newer: Content, older: Content) -> bool:
    """Whether `newer` is a later attempt of the very same wait: same execution, state and map item, higher counts."""
    if not (newer.execution and newer.state and older.execution and older.state):
        return False
    if (newer.execution.id, newer.state.name, newer.map_item) != (older.execution.id, older.state.name, older.map_item):
        return False
    later = (newer.execution.redrive_count, newer.state.retry_count)
    return later > (older.execution.redrive_count, older.state.retry_count)


def margin(state_timeout: timedelta, least: timedelta) -> timedelta:
    """How long before the state gives up we answer: a tenth, at most 5 minutes, at least `least`."""
    return max(min(state_timeout / 10, _MOST_MARGIN), least)


def _policy(submission: Submission, directory: Directory) -> tuple[Policy | None, str, list[Fault]]:
    """The policy that applies, the path that faults in it have, and what is wrong with the naming of it."""
    match submission.policy, submission.reviewers:
        case None, None:
            return None, "", [Fault("reviewers", "is required, or else a policy: somebody has to answer")]
        case None, reviewers if reviewers is not None:
            return simple_policy(reviewers, submission.need), "reviewers", []
        case _, reviewers if reviewers is not None:
            return (
                None,
                "",
                [Fault("reviewers", "stands beside a policy; the policy says who answers, so give one of them")],
            )
        case _ if submission.need != 1:
            return None, "", [Fault("need", "stands beside a policy; the policy says how many")]
        case str(name), _:
            if name in directory.policies:
                return msgspec.structs.replace(directory.policies[name], name=name), "policy", []
            known = ", ".join(sorted(directory.policies)) or "none"
            return None, "", [Fault("policy", f"there is no policy “{name}”; known are: {known}")]
        case policy, _:
            return policy, "policy", []


def _as_written(faults: list[Fault], submission: Submission) -> list[Fault]:
    """Paths as the sender wrote them: the shorthand has no stages."""
    if submission.policy is not None:
        return faults
    shown = {
        "reviewers.stages[0].groups[0].from": "reviewers",
        "reviewers.stages[0].groups[0].need": "need",
        "reviewers.stages": "need",
    }
    return [_renamed(fault, shown) for fault in faults]


def _renamed(fault: Fault, shown: dict[str, str]) -> Fault:
    for inner, outer in shown.items():
        if fault.path.startswith(inner):
            return Fault(outer + fault.path[len(inner) :], fault.message)
    return fault


def _deadline(submission: Submission, policy: Policy, terms: Terms, now: datetime) -> tuple[datetime, list[Fault]]:
    """The sooner of the policy's time-out and the state's own, less a margin in which the workflow hears it from us."""
    limits = [now + (duration(policy.timeout) if policy.timeout else terms.default_timeout)]
    if submission.timeout_seconds is None:
        return limits[0], []
    own = timedelta(seconds=submission.timeout_seconds)
    spare = margin(own, terms.least_margin)
    entered = submission.state.entered_time if submission.state else None
    ends = min(entered or now, now) + own
    limits.append(ends - spare)
    if min(limits) > now:
        return min(limits), []
    if ends <= now:
        return now, [Fault("timeoutSeconds", f"the state gave up waiting at {ends.isoformat()}")]
    least = int(spare.total_seconds()) + 1
    return now, [Fault("timeoutSeconds", f"leaves no time to answer; give at least {least} more seconds")]


def _policy_faults(submission: Submission, policy: Policy, where: str, terms: Terms) -> Iterator[Fault]:
    """What is wrong with a policy beside who is in it."""
    for s, stage in enumerate(policy.stages):
        for n, reference in enumerate(stage.notify):
            channel, _, address = reference.partition(":")
            if channel == "mail" and channel in terms.reach.channels and not EMAIL.fullmatch(address):
                yield Fault(f"{where}.stages[{s}].notify[{n}]", f"“{address}” is not an e-mail address")
            elif channel not in terms.reach.channels or not address:
                known = ", ".join(f"{name}:…" for name in sorted(terms.reach.channels)) or "none"
                yield Fault(
                    f"{where}.stages[{s}].notify[{n}]",
                    f"“{reference}” is no channel that is set up here; known are: {known}",
                )
        if len(reminders(stage)) > 100:
            yield Fault(f"{where}.stages[{s}].remind", "asks for more than 100 reminders")
        if len(escalations(stage)) > 20:
            yield Fault(f"{where}.stages[{s}].escalate", "has more than 20 steps")
    names = [stage.name for stage in policy.stages if stage.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(f"{where}.stages", f"two stages are called “{name}”")
    if isinstance(policy.on_timeout, TakeOption) and submission.option(policy.on_timeout.option) is None:
        yield Fault(f"{where}.onTimeout.option", f"“{policy.on_timeout.option}” is not among the options")
    if policy.on_timeout == "reject" and not any(o.side == "reject" for o in submission.options):
        yield Fault(f"{where}.onTimeout", "there is no option on the rejecting side")


def _heartbeat(submission: Submission, terms: Terms) -> Heartbeat:
    """A third of the state's own heartbeat, so that two may fail; without one, now and then to see it still waits."""
    if submission.heartbeat_seconds is None:
        return Heartbeat(every_seconds=int(terms.heartbeat.total_seconds()), required=False)
    return Heartbeat(every_seconds=max(1, submission.heartbeat_seconds // 3), required=True)
