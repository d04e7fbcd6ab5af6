"""Staging: a scenario played from its first line to its last, on whatever holds the approval; each line is checked."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from approvals.domain.eligibility.quorum import progress
from approvals.domain.model.approval import Answer
from approvals.domain.problems import ApprovalsError
from approvals.presentation.refusals import error_sentence
from tests.scenarios.script import Scenario, Step, directory_of, known_to_all, listed, merged, messages
from tests.scenarios.stage import Stage

MOST_STOPS = 200


class Play:
    """One scenario on one stage."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self.scenario, self.stage, self.seen = scenario, stage, 0
        self.parts = merged(known_to_all(), scenario.directory)
        stage.now, stage.directory = scenario.start, directory_of(self.parts)

    def run(self) -> None:
        if not self._opens():
            return
        assert self._sent() == messages(self.scenario.sent), "when it opens"
        for number, step in enumerate(self.scenario.happens, start=1):
            self._happens(step, f"line {number}: {step.at or ''} {step.does or ''}".rstrip())
        self._ends()

    def _opens(self) -> bool:
        why_not = None
        try:
            self.stage.open(self.scenario.submitted(), caller=self.scenario.caller)
            self.stage.deliver()
        except ApprovalsError as error:
            why_not = error_sentence(error)
        self._told_why(self.scenario.refused, why_not, "when it opens")
        return why_not is None

    def _happens(self, step: Step, line: str) -> None:
        if step.at:
            self._until(self.scenario.moment(step.at, now=self.stage.now), swept=step.worker == "up")
        if step.directory is not None:
            self.parts = merged(self.parts, step.directory)
            self.stage.directory = directory_of(self.parts)
        if step.does:
            self._told_why(step.refused, self._why_not(step), line)
        if step.worker == "up":
            self.stage.sweep()
        self.stage.deliver()
        self._seen(step, line)

    def _until(self, moment: datetime, *, swept: bool) -> None:
        """Stops wherever something is due on the way."""
        for _ in range(MOST_STOPS):
            stop = self.stage.next_stop() if swept else None
            if stop is None or stop > moment:
                break
            self.stage.now = max(stop, self.stage.now)
            self.stage.sweep()
            self.stage.deliver()
        else:
            raise AssertionError("something is due for ever")
        self.stage.now = moment

    def _seen(self, step: Step, line: str) -> None:
        approval = self.stage.approval()
        assert self._sent() == messages(step.sent), line
        if step.may is not None:
            assert sorted(r.id for r in approval.eligible) == listed(step.may), line
        if step.progress:
            assert ", ".join(f"{group.have} of {group.need}" for group in progress(approval)) == step.progress, line
        if step.stage:
            assert approval.stage + 1 == step.stage, line
        for expected, moment in ((step.next, approval.next_action_at), (step.deadline, approval.deadline)):
            if expected:
                assert self._shown(moment) == self._shown(self.scenario.moment(expected, now=self.stage.now)), line

    def _ends(self) -> None:
        approval, scenario = self.stage.approval(), self.scenario
        status, _, at = scenario.ends.partition(" at ")
        assert (approval.status, self._shown(approval.settled_at)) == (
            status, self._shown(scenario.moment(at, now=scenario.start) if at else None)
        )  # fmt: skip
        assert [note.event for note in self.stage.notes()].count("opened") == 1
        assert len(self.stage.notes()) == approval.version
        assert len(self.stage.told) <= 1
        if approval.outcome is None:
            return
        assert sorted(d.reviewer for d in approval.outcome.decided_by) == listed(scenario.by)
        assert scenario.because in (approval.outcome.reason or "")
        assert scenario.option in (None, approval.outcome.option)
        heard = [told.error or "goes on" for told in self.stage.told] or ["hears nothing"]
        assert heard == [scenario.workflow]

    def _why_not(self, step: Step) -> str | None:
        try:
            self._do(step)
        except ApprovalsError as error:
            return error_sentence(error)
        return None

    def _told_why(self, expected: str | None, why_not: str | None, line: str) -> None:
        assert (why_not is None) == (expected is None), f"{line}: {why_not}"
        assert (expected or "") in (why_not or ""), line

    def _do(self, step: Step) -> None:
        for pattern, deed in _DEEDS.items():
            if match := re.fullmatch(pattern, step.does or ""):
                return deed(self, step, **match.groupdict())
        raise ValueError(f"nobody knows how to do this: {step.does}")

    def number(self, who: str) -> int | None:
        """Somebody's number among the reviewers; None for the operator, who has none."""
        if who == "operator":
            return None
        reviewers = self.stage.approval().reviewers
        person = self.stage.directory.person(who)
        names = {who, *(person.references if person else ())}
        return next((r.number for r in reviewers if not names.isdisjoint(r.references)), 999)

    def _answers(self, step: Step, who: str, option: str) -> None:
        option = {"approves": "approve", "rejects": "reject"}.get(option, option.removeprefix("answers "))
        answer = Answer(option=option, comment=step.comment, form=step.form, confirmation=step.confirmation)
        self.stage.decide(self.number(who) or 0, answer, by=step.by)

    def _fails(self, _step: Step, who: str) -> None:
        self.stage.fail_mail(self.number(who) or 0)

    def _claims(self, _step: Step, who: str, what: str) -> None:
        self.stage.claim(self.number(who) or 0, release=what == "releases")

    def _reassigns(self, _step: Step, who: str, to: str, operator: str = "") -> None:
        self.stage.reassign(self.number(who) or 0, to=to, operator=bool(operator))

    def _reminds(self, _step: Step, who: str) -> None:
        self.stage.remind_now(self.number(who))

    def _asks(self, step: Step, who: str) -> None:
        self.stage.ask_question(self.number(who) or 0, step.text)

    def _replies(self, step: Step, who: str) -> None:
        self.stage.reply(step.text, actor=who)

    def _withdraws(self, _step: Step, who: str) -> None:
        self.stage.withdraw(who)

    def _cancels(self, _step: Step, who: str) -> None:
        self.stage.cancel(f"an {who} says so")

    def _stops(self, _step: Step, **_: str) -> None:
        self.stage.stop_execution()

    def _extends(self, _step: Step, who: str, to: str) -> None:
        self.stage.extend(self.scenario.moment(to, now=self.stage.now), reviewer=self.number(who))

    def _asks_again(self, _step: Step, token: str) -> None:
        more = {"taskToken": "AQCE-another", "state": {"retryCount": 1}} if token == "again" else {}
        self.stage.ask_again(self.scenario.submitted(**more), caller=self.scenario.caller)

    def _sent(self) -> list[tuple[str, str]]:
        """Since the last look, with the names of people for their addresses."""
        new, self.seen = self.stage.sent[self.seen :], len(self.stage.sent)
        return sorted((event, self._whose(channel, address)) for event, channel, address in new)

    def _whose(self, channel: str, address: str) -> str:
        reference = f"{channel}:{address}".removeprefix("mail:")
        person = self.stage.directory.person(reference)
        name = person.id if person and person.id in self.parts["people"] else reference
        return f"slack:{name}" if channel == "slack" and name != reference else name

    def _shown(self, moment: datetime | None) -> str | None:
        return f"{moment.astimezone(ZoneInfo(self.scenario.clocks)):%a %d %B %H:%M:%S}" if moment else None


_DEEDS: dict[str, Callable[..., None]] = {
    r"(?P<who>\S+) (?P<option>approves|rejects|answers \S+)": Play._answers,
    r"(?P<who>\S+) (?P<what>claims|releases)": Play._claims,
    r"(?P<who>\S+) hands over to (?P<to>\S+)": Play._reassigns,
    r"(?P<operator>operator) hands (?P<who>\S+) over to (?P<to>\S+)": Play._reassigns,
    r"mail to (?P<who>\S+) fails": Play._fails,
    r"(?P<who>\S+) nudges": Play._reminds,
    r"(?P<who>\S+) asks": Play._asks,
    r"(?P<who>\S+) replies": Play._replies,
    r"(?P<who>\S+) extends to (?P<to>.+)": Play._extends,
    r"(?P<who>\S+) withdraws": Play._withdraws,
    r"workflow asks (?P<token>again|twice)": Play._asks_again,
    r"(?P<who>operator) cancels": Play._cancels,
    r"(?P<who>execution) stops": Play._stops,
}
"""What a line may say, as a pattern."""
