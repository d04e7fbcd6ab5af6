"""Any policy, any directory, any course of events: the domain and the rulebook agree, and no promise is broken."""

import copy
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from approvals.adapters.directory.file import DirectoryFile
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.quorum import progress
from approvals.domain.json_reader import read
from approvals.domain.model.approval import Answer
from approvals.domain.model.submission import Submission
from approvals.domain.problems import ApprovalsError, Invalid
from tests.builders import NOW
from tests.model.lives import EVENTS, PEOPLE, policies, worlds
from tests.model.rulebook import Rulebook
from tests.scenarios.on_paper import OnPaper
from tests.support.session.profiles import NIGHTLY

OPTIONS = {"ship": "approve", "hold": "approve", "drop": "reject"}
EXAMPLES = NIGHTLY if settings.get_current_profile_name() == "nightly" else 300
HOUR = timedelta(hours=1)
NOBODY = 999
"""The number of somebody who is no reviewer."""


class Life:
    """The domain and the rulebook side by side."""

    def __init__(self, policy: dict[str, Any], world: dict[str, Any], requester: str) -> None:
        self.hour, self.world = 0, world
        self.book = Rulebook(policy=policy, world=world, requester=requester, options=OPTIONS)
        self.paper = OnPaper()
        self.paper.directory = directory_of(world)
        self.submission = a_submission(policy, requester)
        self.ended: str | None = None

    def opens(self) -> bool:
        try:
            self.paper.open(self.submission, caller="tests")
        except Invalid:
            assert not self.book.can_open()
            return False
        assert self.book.can_open()
        self.sweep()
        return True

    def pass_time(self, hours: int, *, swept: bool) -> None:
        until = self.hour + hours
        while swept and (stops := [at for at in self.book.moments() if self.hour < at <= until]):
            self.at(min(stops))
            self.sweep()
        self.at(until)

    def at(self, hour: int) -> None:
        self.hour, self.paper.now = hour, NOW + hour * HOUR

    def sweep(self) -> None:
        self.paper.sweep()
        self.paper.deliver()
        self.book.sweep(self.hour)
        self.compare()
        approval = self.paper.approval()
        if not approval.pending:
            return
        assert approval.next_action_at is not None, "it would wait for ever"
        assert approval.next_action_at > self.paper.now, "it is due for ever"
        assert not self.book.short(self.hour), "nobody can satisfy it"
        waiting = self.named(approval.eligible) - self.book.answers[self.book.stage].keys()
        assert waiting <= {self.book.human(to) for _, _, to in self.paper.sent}, "somebody may answer and was not asked"

    def compare(self) -> None:
        approval, book = self.paper.approval(), self.book
        assert (approval.status, len(self.paper.told)) == (book.status, int(book.status != "pending"))
        if not approval.pending:
            self.ended = self.ended or approval.status
            assert self.ended == approval.status, "it was settled twice"
            return
        assert approval.stage == book.stage
        assert approval.deadline == NOW + book.deadline * HOUR
        assert self.named(approval.eligible) == book.eligible(self.hour)
        have, needs = book.progress(self.hour)
        shown = progress(approval)
        assert [group.need for group in shown] == list(needs.values())
        assert sum(group.have for group in shown) == have
        assert all(group.have <= group.need for group in shown)

    def named(self, reviewers: Any) -> set[str]:
        return {self.book.human(reviewer.email) for reviewer in reviewers}

    def answer(self, who: str | int, option: str, by: str) -> None:
        if isinstance(who, int):
            may = sorted(self.book.eligible(self.hour))
            who = may[who % len(may)] if may else "ana"
        taken = self.tries(lambda number: self.paper.decide(number, Answer(option=option), by=by), who)
        assert taken == self.book.answer(who, option, self.hour, on_behalf=by == "command")

    def group(self, name: str, members: list[str]) -> None:
        self.world["groups"][name] = members
        self.directory_changes()

    def away(self, name: str, periods: list[dict[str, Any]]) -> None:
        self.world["people"][name]["away"] = periods
        self.directory_changes()

    def directory_changes(self) -> None:
        self.paper.directory = directory_of(self.world)

    def reassign(self, who: str, to: str, operator: bool) -> None:
        """The rulebook takes the domain's word that it is refused, but not that it is fair."""
        eligible, book = self.book.eligible(self.hour), self.book
        principals = sorted(book.holders(self.hour)[who].instead_of) if who in eligible else []
        if self.tries(lambda number: self.paper.reassign(number, to=to, operator=operator), who):
            assert who in eligible or operator
            assert to != book.excluded
            assert to not in eligible
            assert not any(one in given for one in (who, to) for given in book.answers)
            book.reassignments += [(one, to, book.stage) for one in (*principals, who)]

    def extend(self, hours: int) -> None:
        until = self.paper.approval().deadline + hours * HOUR
        if self.tries(lambda _: self.paper.extend(until, reviewer=None), "ana"):
            self.book.deadline += hours
            self.book.ends = max(self.book.ends, self.book.deadline)
            self.paper.judge_anew()  # who was to come back too late is asked again when they do, or at the next verb

    def mail_fails(self, who: str) -> None:
        if self.tries(self.paper.fail_mail, who) and self.book.status == "pending":
            self.book.unreached = self.book.unreached | {who}

    def tries(self, deed: Any, who: str) -> bool:
        """Whether it is let happen. Who has just come in has a number as soon as anybody looks."""
        self.paper.judge_anew()
        reviewers = self.paper.approval().reviewers
        number = next((r.number for r in reviewers if self.book.human(r.email or "") == who), NOBODY)
        try:
            deed(number)
        except ApprovalsError:
            return False
        return True

    def promises(self) -> None:
        """What must hold of the whole record, whatever has happened."""
        approval = self.paper.approval()
        given = [(self.book.human(approval.reviewers[d.reviewer].email or ""), d.stage) for d in approval.decisions]
        assert all(len({stage for who, stage in given if who == one}) == 1 for one, _ in given), "somebody counts twice"
        chairs = {(d.reviewer, d.stage) for d in approval.decisions}
        assert len(set(given)) == len(chairs), "somebody counts twice"
        assert self.book.excluded not in {who for who, _ in given}, "the requester decides"
        assert len(self.paper.notes()) == approval.version


@settings(max_examples=EXAMPLES, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck))
@given(policy=policies(), world=worlds(), requester=st.sampled_from([*PEOPLE, "r.lee@example.com"]), happenings=EVENTS)
def test_the_domain_does_what_the_rulebook_states(
    policy: dict[str, Any], world: dict[str, Any], requester: str, happenings: list[tuple[int, bool, tuple[Any, ...]]]
) -> None:
    note(f"{policy=}\n{world=}\n{requester=}\n{happenings=}")
    life = Life(policy, copy.deepcopy(world), requester)
    if not life.opens():
        event("refused when it opens")
        return
    for hours, swept, (what, *more) in happenings:
        life.pass_time(hours, swept=swept)
        getattr(life, what)(*more)
        life.sweep()
    life.pass_time(100, swept=True)
    event(f"ends {life.paper.approval().status} in stage {life.paper.approval().stage + 1}")
    life.promises()


def a_submission(policy: dict[str, Any], requester: str) -> Submission:
    """With hours as the wire has them; what is None is not said."""
    stages = [
        {
            **stage,
            "escalate": [{**step, "after": f"{step['after']}h"} for step in stage["escalate"]],
            "timeout": stage["timeout"] and f"{stage['timeout']}h",
        }
        for stage in policy["stages"]
    ]
    options = [{"id": name, "label": name, "side": side} for name, side in OPTIONS.items()]
    asked = {**policy, "timeout": f"{policy['timeout']}h", "stages": stages}
    return read(
        Submission, {"taskToken": "token", "title": "Any", "requester": requester, "policy": asked, "options": options}
    )


def directory_of(world: dict[str, Any]) -> Directory:
    people = {
        name: {**person, "away": [_period(away) for away in person["away"]]} for name, person in world["people"].items()
    }
    return read(DirectoryFile, {"people": people, "groups": world["groups"]}).directory


def _period(away: dict[str, Any]) -> dict[str, Any]:
    return {**away, **{name: (NOW + away[name] * HOUR).isoformat() for name in ("from", "until")}}
