"""Attending: what people may do with a pending approval besides answering it. None of it decides anything."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from approvals.domain.approval import Approval, Change, Claim, Handover, Inquiry, Meanwhile, Note, Reviewer
from approvals.domain.deciding import may_answer
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import AlreadySettled, Invalid, Refused
from approvals.domain.messages import REQUESTER, Notice
from approvals.domain.notices import asked, personal_notice
from approvals.domain.reseating import reseated
from approvals.domain.satisfying import shortage
from approvals.domain.schedule import moved, newcomers, unanswered
from approvals.domain.seating import Reach, excluded_id
from approvals.domain.settling import cancel

NUDGE_EVERY = timedelta(hours=1)
MOST_INQUIRIES, TEXT_LENGTH = 20, 2000


def claim(approval: Approval, *, reviewer: int, now: datetime, release: bool = False) -> Change | None:
    """Says who is looking at it, or no longer is; None where that is so already. It hinders nobody else.

    Raises AlreadySettled; Refused where this person may not answer.
    """
    person = _entitled(approval, reviewer, now)
    mine = approval.meanwhile.claim and approval.meanwhile.claim.reviewer == reviewer
    if bool(mine) is not release:
        return None
    claimed = None if release else Claim(reviewer=reviewer, at=now)
    event = "released" if release else "claimed"
    return _noted(approval, Note(event=event, at=now, actor=person.id), now, claim=claimed)


def extend(approval: Approval, *, until: datetime, actor: str, now: datetime) -> Change:
    """Moves the deadline to a later moment, within the state's own.

    Raises AlreadySettled; Invalid where that is not later, or later than the state waits.
    """
    _open(approval, now)
    if until <= approval.deadline:
        raise Invalid.at("until", f"must be after the deadline as it stands, {approval.deadline.isoformat()}")
    if until > approval.latest_end:
        raise Invalid.at("until", f"must be at most {approval.latest_end.isoformat()}: later the state no longer waits")
    after = replace(approval, deadline=until, ends_at=max(until, approval.ends_at))
    facts = {"from": approval.deadline, "until": until}
    return _noted(after, Note(event="extended", at=now, actor=actor, facts=facts), now)


def hand_over(
    approval: Approval, *, reviewer: int, to: str, actor: str, directory: Directory, reach: Reach, now: datetime,
    operator: bool = False,
) -> Change:  # fmt: skip
    """Gives a reviewer's place to somebody else, from this stage on. An operator may do so for anybody, to anybody.

    Raises AlreadySettled; Refused where the policy forbids it or this person has no place to give; Invalid for a
    person who is unknown, excluded, or sits there already.
    """
    person = _entitled(approval, reviewer, now)
    if reviewer in approval.latest(approval.stage):
        raise Refused("This person has answered already; an answer cannot be handed on.")
    new = _taker(approval, to, directory=directory, reach=reach, operator=operator)
    handover = Handover(reviewer=reviewer, to=to, stage=approval.stage)
    meanwhile = replace(approval.meanwhile, handovers=(*approval.meanwhile.handovers, handover))
    after = reseated(replace(approval, meanwhile=meanwhile), directory=directory, reach=reach, now=now)
    if shortage(after) and not shortage(approval):
        raise Invalid.at("to", f"with “{to}” in that place there would be too few people to approve it")
    before = {r.number for r in approval.eligible}
    asked_now = tuple(r for r in after.eligible if r.number not in before)
    note = Note(event="handedOver", at=now, actor=actor, facts={"from": person.id, "to": new.id})
    messages = asked(after, asked_now, event="asked", count=approval.stage, now=now, shared=False)
    return Change(approval=moved(after, now), note=note, messages=messages, reviewers=newcomers(approval, after))


def nudge(approval: Approval, *, actor: str, now: datetime) -> Change:
    """Reminds those who have not answered, at most once in NUDGE_EVERY.

    Raises AlreadySettled; Refused where that was done just now, or nobody is left to remind.
    """
    _open(approval, now)
    last = approval.meanwhile.nudged_at
    if last and now - last < NUDGE_EVERY:
        raise Refused(f"They have just been reminded. Try again after {last + NUDGE_EVERY:%H:%M} UTC.")
    waiting = unanswered(approval)
    if not waiting:
        raise Refused("Everybody who is asked now has answered.")
    note = Note(event="nudged", at=now, actor=actor, facts={"reviewers": [r.id for r in waiting]})
    change = _noted(approval, note, now, nudged_at=now)
    messages = asked(approval, waiting, event="reminded", count=-change.approval.version, now=now)
    return replace(change, messages=messages)


def inquire(
    approval: Approval, *, reviewer: int, text: str, directory: Directory, reach: Reach, now: datetime
) -> Change:
    """Asks whoever asks for the approval a question. It stays pending, and the clock runs on.

    Raises AlreadySettled; Refused where this person may not answer; Invalid for an empty or long text.
    """
    person = _entitled(approval, reviewer, now)
    text = _text(text, "text")
    if len(approval.meanwhile.inquiries) >= MOST_INQUIRIES:
        raise Refused(f"There are {MOST_INQUIRIES} questions already.")
    inquiries = (*approval.meanwhile.inquiries, Inquiry(reviewer=reviewer, text=text, at=now))
    note = Note(event="inquired", at=now, actor=person.id, facts={"text": text})
    change = _noted(approval, note, now, inquiries=inquiries)
    notice = _to_requester(approval, directory, reach, count=len(inquiries))
    return replace(change, messages=(notice,) if notice else ())


def reply(approval: Approval, *, inquiry: int, text: str, actor: str, now: datetime) -> Change:
    """Answers a question (the first is 0); a second reply takes the place of the first.

    Raises AlreadySettled; Invalid for a question that is not there, or an empty or long text.
    """
    _open(approval, now)
    inquiries = approval.meanwhile.inquiries
    if not 0 <= inquiry < len(inquiries):
        raise Invalid.at("inquiry", "there is no such question" if inquiries else "nothing was asked")
    replied = replace(inquiries[inquiry], reply=_text(text, "text"), replied_by=actor, replied_at=now)
    inquiries = (*inquiries[:inquiry], replied, *inquiries[inquiry + 1 :])
    note = Note(event="replied", at=now, actor=actor, facts={"inquiry": inquiry, "text": replied.reply})
    change = _noted(approval, note, now, inquiries=inquiries)
    whoever = approval.reviewers[replied.reviewer]
    notice = personal_notice(approval, whoever, event="replied", count=change.approval.version, now=now)
    return replace(change, messages=(notice,) if notice else ())


def withdraw(approval: Approval, *, actor: str, reason: str, now: datetime) -> Change:
    """Whoever asked for it needs it no longer: it is cancelled, and the workflow is told. Raises AlreadySettled."""
    _open(approval, now)
    said = f"withdrawn by {actor}: {reason.strip()}" if reason.strip() else f"withdrawn by {actor}"
    change = cancel(approval, actor=actor, reason=said[:TEXT_LENGTH], now=now)
    return replace(change, note=replace(change.note, event="withdrawn"))


def requester_of(approval: Approval, directory: Directory) -> Person | None:
    """Whoever asks for it, if they can be written to."""
    requester = approval.content.requester
    return directory.person(requester) if requester else None


def _taker(approval: Approval, to: str, *, directory: Directory, reach: Reach, operator: bool) -> Person:
    rule = approval.policy.reassign
    if not operator and rule == "nobody":
        raise Refused("The policy lets nobody hand their place to somebody else.")
    person = directory.person(to)
    if person is None:
        raise Invalid.at("to", f"“{to}” is neither an address nor a known person")
    if not operator and rule == "known" and person.id not in directory.people:
        raise Refused("The policy lets you hand your place to people of the directory only.")
    if person.id == excluded_id(approval.policy, directory, approval.content.requester):
        raise Invalid.at("to", f"“{to}” asks for it, and so may not answer")
    if reach.channels.isdisjoint(channel for channel, _ in person.addresses):
        raise Invalid.at("to", f"“{to}” has no address that can be written to here")
    return person


def _to_requester(approval: Approval, directory: Directory, reach: Reach, *, count: int) -> Notice | None:
    person = requester_of(approval, directory)
    if person is None or not person.email or "mail" not in reach.channels:
        return None
    return Notice(event="inquired", channel="mail", to=person.email, reviewer=REQUESTER, count=count)


def _entitled(approval: Approval, reviewer: int, now: datetime) -> Reviewer:
    _open(approval, now)
    if not 0 <= reviewer < len(approval.reviewers):
        raise Refused("This person is not among the reviewers.")
    if why_not := may_answer(approval, reviewer):
        raise Refused(why_not)
    return approval.reviewers[reviewer]


def _open(approval: Approval, now: datetime) -> None:
    if not approval.pending or now >= approval.deadline:
        raise AlreadySettled(approval)


def _text(text: str, path: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid.at(path, "is empty")
    if "\0" in text:
        raise Invalid.at(path, "holds a character that cannot be kept (NUL); leave it out")
    if len(text) > TEXT_LENGTH:
        raise Invalid.at(path, f"may have at most {TEXT_LENGTH} characters, this has {len(text)}")
    return text


def _noted(approval: Approval, note: Note, now: datetime, **meanwhile: object) -> Change:
    changed: Meanwhile = replace(approval.meanwhile, **meanwhile)
    return Change(approval=moved(replace(approval, meanwhile=changed), now), note=note)
