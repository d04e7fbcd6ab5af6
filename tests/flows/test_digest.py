"""Digests: one mail for what comes within the window, whatever workers, crashes, quiet hours and answers do to it."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters import gathering
from approvals.adapters.gathering import gather
from approvals.adapters.outbox import SqlOutbox
from approvals.domain.approval import Answer
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import BadLink
from approvals.domain.handover import Filter
from approvals.domain.messages import GivenUp, Result, Sent, TryAgain
from approvals.domain.opening import Terms
from approvals.domain.policy import Group, Policy, Stage
from approvals.domain.quiet import QuietHours
from approvals.domain.seating import Reach
from tests.builders import NOW, a_submission
from tests.fakes import FakeChannel, World

ANA, BEN = "ana@example.com", "ben@example.com"
WINDOW = timedelta(seconds=10)
_ALL = Filter(limit=10_000)


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    world = World(database_url, window=WINDOW)
    yield world
    world.close()


def submit(world: World, count: int = 1, **changes: Any) -> list[str]:
    """So many approvals for Ana, unless `changes` say otherwise."""
    first = len(world.gateway.store.find(_ALL))
    whom = {} if "policy" in changes else {"reviewers": (ANA,)}
    submissions = [
        a_submission(**{"task_token": f"token-{n}", "title": f"Refund {n}", **whom, **changes})
        for n in range(first, first + count)
    ]
    return [one.approval_id for one in world.gateway.submit_all(submissions, caller="tests")]  # type: ignore[union-attr]


def shown(world: World) -> list[tuple[str, int]]:
    """(to whom, how many) of each digest, in order."""
    return [(digest.to, digest.count) for digest, _ in world.mail.digests]


def open_rows(world: World) -> int:
    with world.database.read() as connection:
        query = "SELECT count(*) FROM outbox WHERE lane = 'notice' AND next_attempt_at IS NOT NULL"
        return int(connection.exec_driver_sql(query).scalar_one())


def test_what_comes_within_the_window_is_one_digest_for_each_person(world: World) -> None:
    submit(world, 3, reviewers=(ANA, BEN))
    world.clock.forward(seconds=9)
    submit(world, 2, reviewers=(ANA,))
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([], [])
    world.clock.forward(seconds=1)
    world.deliver_all()
    assert sorted(shown(world)) == [(ANA, 5), (BEN, 3)]
    assert world.mail.events == []
    world.clock.forward(hours=1)
    world.deliver_all()
    assert (len(world.mail.digests), open_rows(world)) == (2, 0)


def test_one_alone_goes_as_ever_when_the_window_is_over(world: World) -> None:
    submit(world)
    world.clock.forward(seconds=9.999)
    world.deliver_all()
    assert world.mail.events == []
    world.clock.forward(seconds=0.001)
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([("asked", ANA)], [])


def test_what_comes_after_it_left_waits_for_a_window_of_its_own(world: World) -> None:
    submit(world, 2)
    world.clock.forward(seconds=10)
    world.deliver_all()
    submit(world, 3)
    world.clock.forward(seconds=9)
    world.deliver_all()
    assert shown(world) == [(ANA, 2)]
    world.clock.forward(seconds=1)
    world.deliver_all()
    assert shown(world) == [(ANA, 2), (ANA, 3)]


def test_high_risk_does_not_wait_and_neither_hurries_the_others_nor_hides_among_them(world: World) -> None:
    submit(world, 2)
    world.clock.forward(seconds=5)
    submit(world, risk="high")
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([("asked", ANA)], [])
    world.clock.forward(seconds=5)
    [high] = submit(world, risk="high")
    world.deliver_all()
    assert shown(world) == [(ANA, 3)]
    [(digest, _)] = world.mail.digests
    assert (digest.lines[0].approval.id, digest.high_risk) == (high, 1)


def test_what_was_answered_or_settled_meanwhile_is_left_out(world: World) -> None:
    both = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN), need=2),)),))
    [answered] = submit(world, policy=both)
    settled, waits, too = submit(world, 3)
    world.gateway.decide(answered, reviewer=0, answer=Answer(option="approve"), via="link", assurance="link")
    world.gateway.cancel(settled, actor="tests", reason="gone")
    world.clock.forward(seconds=10)
    world.deliver_all()
    [(digest, _)] = [pair for pair in world.mail.digests if pair[0].to == ANA]
    assert sorted(line.approval.id for line in digest.lines) == [waits, too]


def test_where_only_one_is_left_it_goes_as_ever_and_where_none_is_nothing_does(world: World) -> None:
    first, second, third = submit(world, 3)
    world.gateway.cancel(first, actor="tests", reason="gone")
    world.gateway.cancel(second, actor="tests", reason="gone")
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert [pair for pair in world.mail.events if pair[0] == "asked"] == [("asked", ANA)]
    fourth, fifth = submit(world, 2)
    for one in (third, fourth, fifth):
        world.gateway.cancel(one, actor="tests", reason="gone")
    world.mail.sent.clear()
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert {event for event, _ in world.mail.events} == {"settled"}
    assert shown(world) == []


def test_reminders_and_escalations_of_one_moment_are_digests_too(world: World) -> None:
    stage = Stage(groups=(Group(from_=(ANA,)),), remind=("1h",))
    submit(world, 4, policy=Policy(stages=(stage,)))
    world.clock.forward(seconds=10)
    world.sweep_all()
    world.clock.forward(hours=1)
    world.sweep_all()
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert shown(world) == [(ANA, 4), (ANA, 4)]
    keys = {digest.key for digest, _ in world.mail.digests}
    assert len(keys) == 2


def test_the_most_urgent_are_listed_and_the_rest_is_counted(world: World) -> None:
    late = submit(world, 60)
    soon = submit(world, 5, timeout_seconds=3600)
    high = submit(world, 3, risk="high")
    world.clock.forward(seconds=10)
    world.deliver_all()
    [(digest, link)] = world.mail.digests
    ids = [line.approval.id for line in digest.lines]
    assert (digest.count, len(ids), digest.high_risk) == (68, 50, 3)
    assert (ids[:3], ids[3:8], set(ids[8:]) <= set(late)) == (high, soon, True)
    assert link.startswith("https://approvals.example.com/i/")


def test_a_thousand_for_one_person_are_one_mail_and_all_of_them_are_closed(world: World) -> None:
    for _ in range(4):
        submit(world, 300)
    world.clock.forward(seconds=10)
    assert world.gateway.deliver(lane="notice") == 1200
    assert (shown(world), open_rows(world)) == ([(ANA, 1200)], 0)


def test_nobody_else_is_held_up_by_who_gets_a_digest(world: World) -> None:
    """More people than are taken at once, and channels that are no people."""
    people = tuple(f"p{n}@example.com" for n in range(30))
    stage = Stage(groups=(Group(from_=people),), notify=("mail:team@example.com",))
    submit(world, 2, policy=Policy(stages=(stage,)))
    world.clock.forward(seconds=10)
    while world.gateway.deliver(lane="notice", limit=7):
        pass
    assert sorted(shown(world)) == sorted((person, 2) for person in people)
    assert world.mail.events == [("asked", "team@example.com")] * 2


def test_quiet_stages_and_channels_are_in_no_digest(world: World) -> None:
    quiet = Stage(groups=(Group(from_=(ANA,)),), notify=("mail:team@example.com",), quiet=True)
    submit(world, 3, policy=Policy(stages=(quiet,)))
    world.deliver_all()
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert (shown(world), world.mail.events) == ([], [("asked", "team@example.com")] * 3)


def test_quiet_hours_end_with_one_digest_and_are_never_cut_short(world: World) -> None:
    """It is 09:30; Ana is quiet until ten. At high risk she is not, and what sleeps stays asleep."""
    quiet = QuietHours(from_="22:00", to="10:00")
    world.directory = Directory(people={"ana": Person(id="ana", email=ANA, timezone="UTC", quiet_hours=quiet)})
    submit(world, 3, reviewers=("ana",))
    submit(world, risk="high", reviewers=("ana",))
    world.deliver_all()
    assert world.mail.events == [("asked", ANA)]
    world.clock.forward(minutes=29, seconds=55)
    submit(world, 2, reviewers=("ana",))
    submit(world, risk="high", reviewers=("ana",))
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([("asked", ANA)] * 2, [])
    world.clock.forward(seconds=5)
    world.deliver_all()
    assert shown(world) == [(ANA, 5)]
    assert world.clock.now == NOW + timedelta(minutes=30)


def test_what_comes_as_quiet_hours_end_waits_for_its_window(world: World) -> None:
    quiet = QuietHours(from_="22:00", to="10:00")
    world.directory = Directory(people={"ana": Person(id="ana", email=ANA, timezone="UTC", quiet_hours=quiet)})
    submit(world, 2, reviewers=("ana",))
    world.clock.forward(minutes=30)
    submit(world, 1, reviewers=("ana",))
    world.deliver_all()
    assert shown(world) == [(ANA, 2)]
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert world.mail.events == [("asked", ANA)]


def test_what_could_not_be_sent_is_tried_again_as_a_whole(world: World) -> None:
    submit(world, 5)
    world.clock.forward(seconds=10)
    world.mail.results = [TryAgain("greylisted"), TryAgain("greylisted")]
    world.deliver_all()
    for _ in range(3):
        world.clock.forward(seconds=4)
        world.deliver_all()
    assert shown(world) == [(ANA, 5)]
    assert world.mail.results == []


def test_what_nobody_takes_is_given_up_after_days_with_a_note_on_each(world: World) -> None:
    ids = submit(world, 2)
    world.clock.forward(seconds=10)
    world.mail.results = [TryAgain("greylisted")]
    world.deliver_all()
    world.clock.forward(days=4)
    world.mail.results = [TryAgain("greylisted")]
    world.deliver_all()
    for one in ids:
        assert [reason for _, reason in world.gateway.store.undeliverable(one)] == ["greylisted"]


def test_an_address_that_does_not_exist_is_said_on_each(world: World) -> None:
    ids = submit(world, 3)
    world.clock.forward(seconds=10)
    world.mail.results = [GivenUp("nobody here")]
    world.deliver_all()
    assert (shown(world), open_rows(world)) == ([], 0)
    for one in ids:
        assert [note.event for note in world.gateway.store.notes(one)][-1] == "notice.failed"


def test_who_cannot_be_reached_by_mail_is_written_to_in_slack_about_each(world: World) -> None:
    slack = FakeChannel()
    world.directory = Directory(people={"ana": Person(id="ana", email=ANA, slack="U024BE7LH", notify="mail")})
    gateway = world.another(channels={"mail": world.mail, "slack": slack})
    submit(world, 2, reviewers=("ana",))
    world.clock.forward(seconds=10)
    world.mail.results = [GivenUp("nobody here")]
    gateway.deliver(lane="notice")
    assert slack.events == [("asked", "U024BE7LH")] * 2
    assert open_rows(world) == 0


@pytest.mark.parametrize("when", ["before it is sent", "after it was sent"])
def test_a_worker_that_dies_is_followed_by_one_digest_of_the_same(world: World, when: str) -> None:
    submit(world, 20)
    world.clock.forward(seconds=10)
    if when == "before it is sent":
        world.mail.results = [Crash()]
        with pytest.raises(Crash):
            world.gateway.deliver(lane="notice")
    else:
        dying = world.another(outbox=_Dying(world.database, new_id=world.new_id, window=WINDOW))
        with pytest.raises(Crash):
            dying.deliver(lane="notice")
    sent_before = len(world.mail.digests)
    world.clock.forward(seconds=59)
    submit(world, 1)
    world.deliver_all()
    assert len(world.mail.digests) == sent_before
    world.clock.forward(seconds=1)
    world.deliver_all()
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert shown(world)[sent_before:] == [(ANA, 21)]
    assert open_rows(world) == 0


class _Dying(SqlOutbox):
    def settle(self, *_: Any, **__: Any) -> int:
        raise Crash


class _Slowly(FakeChannel):
    """Everybody sends at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def send_digest(self, digest: Any, *, link: str) -> Result:
        with self._lock:
            self.digests.append((digest, link))
        return Sent("receipt")


def test_many_workers_send_one_digest_for_one_burst(world: World) -> None:
    """Every worker sees all of it due at the same moment, and takes only a few rows at a time."""
    world.mail = _Slowly()
    world.gateway = world.another(channels={"mail": world.mail})
    people = tuple(f"p{n}@example.com" for n in range(6))
    for _ in range(5):
        submit(world, 40, reviewers=people)
    world.clock.forward(seconds=10)
    ready = threading.Barrier(8)

    def work(_: int) -> None:
        mine = world.another(channels={"mail": world.mail})
        ready.wait()
        idle = 0
        while idle < 5:
            idle = 0 if mine.deliver(lane="notice", limit=3) else idle + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(shown(world)) == [(person, 200) for person in people]
    assert (open_rows(world), world.mail.events) == (0, [])


def test_while_one_worker_leases_what_is_for_somebody_no_other_takes_any_of_it(postgres_url: str) -> None:
    """On PostgreSQL, where two can be at it: the first has taken one row, and not come to the others yet."""
    world = World(postgres_url, window=WINDOW)
    submit(world, 6)
    submit(world, 3, reviewers=(BEN,))
    now = world.clock.forward(seconds=10)
    claim = {"of_lane": "notice", "now": now, "until": now + timedelta(minutes=1), "most": 1}
    with world.database.write() as first:
        [turn] = first.execute(gathering._TAKE_TURNS, {name: claim[name] for name in ("of_lane", "now", "most")})
        first.execute(gathering._OURS, {**claim, "new_lease": "first", "people": [turn.recipient]}).all()
        with world.database.write() as second:
            others = gather(second, {**claim, "most": 100, "new_lease": "second"}, window=WINDOW)
    assert (turn.recipient, turn.ours) == (f"mail:{ANA}", True)
    assert [row["recipient"] for row in others] == [f"mail:{BEN}"] * 3
    world.close()


def test_what_is_leased_for_somebody_is_no_longer_there_when_the_lock_is_free(postgres_url: str) -> None:
    """The second looks before the first commits, and locks after it."""
    world = World(postgres_url, window=WINDOW)
    submit(world, 6)
    now = world.clock.forward(seconds=10)
    claim = {"of_lane": "notice", "now": now, "until": now + timedelta(minutes=1), "most": 1}
    with world.database.write() as first:
        gather(first, {**claim, "new_lease": "first"}, window=WINDOW)
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(world.gateway.outbox.lease, lane="notice", now=now, until=now, limit=10).result(10)
    assert held == []
    assert world.gateway.outbox.lease(lane="notice", now=now, until=now, limit=10) == []
    world.close()


def test_callbacks_are_leased_by_the_same_statements_as_ever_and_an_idle_poll_is_one_look(world: World) -> None:
    submit(world)
    world.deliver_all()
    world.gateway.outbox.lease(lane="callback", now=NOW + timedelta(hours=1), until=NOW, limit=10)
    statements: list[str] = []
    sa.event.listen(world.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    world.gateway.outbox.lease(lane="callback", now=NOW + timedelta(hours=1), until=NOW, limit=10)
    said = [text.split()[0] for text in statements if not text.startswith("BEGIN")]
    assert said == ["SELECT", "UPDATE", "SELECT"], "a look, the leases, where they go"
    statements.clear()
    assert world.gateway.deliver(lane="notice") == 0
    assert [text.split()[0] for text in statements if not text.startswith("BEGIN")] == ["SELECT"]


def test_what_no_time_is_left_for_is_due_again_at_once(world: World) -> None:
    submit(world, 3)
    world.clock.forward(seconds=10)

    def late(function: Any, items: Any) -> Any:
        world.clock.forward(seconds=31)
        return map(function, items)

    world.another(each=late).deliver(lane="notice")
    assert shown(world) == []
    world.deliver_all()
    assert shown(world) == [(ANA, 3)]


def test_a_fault_of_ours_in_a_digest_stops_nobody_else_and_it_stays_whole(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    submit(world, 3, reviewers=(ANA, BEN))
    world.clock.forward(seconds=10)
    world.mail.results = [RuntimeError("a template is broken")]
    world.deliver_all()
    assert len(shown(world)) == 1
    assert "a digest could not be sent" in caplog.text
    world.clock.forward(seconds=3)
    world.deliver_all()
    assert sorted(shown(world)) == [(ANA, 3), (BEN, 3)]


def test_asked_and_reminded_about_the_same_is_one_line(world: World) -> None:
    """The mail server was away for an hour; nothing that was asked meanwhile stands there twice."""
    stage = Stage(groups=(Group(from_=(ANA,)),), remind=("1h",))
    submit(world, 2, policy=Policy(stages=(stage,)))
    world.clock.forward(hours=1)
    while world.gateway.sweep():
        pass
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert (shown(world), open_rows(world)) == ([(ANA, 2)], 0)


def test_where_there_is_no_mail_any_more_each_says_so(world: World) -> None:
    ids = submit(world, 2)
    world.gateway.refresh_inbox(ids[0], reviewer=0)
    world.clock.forward(seconds=10)
    without = world.another(channels={})
    while without.deliver(lane="notice"):
        pass
    reasons = [reason for one in ids for _, reason in world.gateway.store.undeliverable(one)]
    assert reasons == ["mail is not set up here"] * 3


def test_of_somebody_without_an_address_for_mail_there_is_no_inbox(world: World) -> None:
    """Nobody has such a link: it would be a forged one."""
    slack = world.another(terms=Terms(reach=Reach(channels=frozenset({"slack"}))))
    approval_id = slack.submit(a_submission(reviewers=("slack:U024BE7LH",)), caller="tests").approval_id
    for number in (0, 1, -1):
        with pytest.raises(BadLink):
            world.gateway.inbox(approval_id, reviewer=number)
