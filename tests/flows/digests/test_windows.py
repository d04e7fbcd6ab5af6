"""One mail for what comes within the window, whatever quiet hours, answers and high risks do to it."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, NOW
from tests.fakes import World
from tests.support.domain.digests import ANA, BEN, open_rows, shown, submit


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


def test_high_risk_waits_for_seconds_only_and_does_not_hurry_the_others(world: World) -> None:
    submit(world, risk="high")
    world.clock.forward(seconds=4)
    submit(world, 2)
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([], [])
    world.clock.forward(seconds=1)
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([("asked", ANA)], [])
    world.clock.forward(seconds=9)
    world.deliver_all()
    assert shown(world) == [(ANA, 2)]


def test_high_risk_is_the_first_of_a_digest(world: World) -> None:
    submit(world, 2)
    world.clock.forward(seconds=10)
    [high] = submit(world, risk="high")
    world.deliver_all()
    assert shown(world) == [(ANA, 3)]
    [(digest, _)] = world.mail.digests
    assert (digest.lines[0].approval.id, digest.high_risk) == (high, 1)


def test_fifty_of_high_risk_in_two_seconds_are_one_mail(world: World) -> None:
    """The worker looks twenty times a second: the first that is due takes all others with it."""
    for _ in range(50):
        submit(world, risk="high")
        world.clock.forward(milliseconds=40)
        world.deliver_all()
    for _ in range(200):
        world.clock.forward(milliseconds=50)
        world.deliver_all()
    assert (world.mail.events, shown(world), open_rows(world)) == ([], [(ANA, 50)], 0)


@given(risks=st.lists(st.tuples(st.sampled_from(["normal", "high"]), st.integers(0, 1999)), min_size=2, max_size=12))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_burst_within_two_seconds_is_at_most_two_mails_whatever_its_risks(
    world: World, risks: list[tuple[str, int]]
) -> None:
    world.mail.sent.clear()
    world.mail.digests.clear()
    begin = world.clock.now
    for risk, millisecond in sorted(risks, key=lambda pair: pair[1]):
        world.clock.now = begin + timedelta(milliseconds=millisecond)
        submit(world, risk=risk)
    for _ in range(130):
        world.clock.forward(milliseconds=100)
        world.deliver_all()
    digests = [digest.count for digest, _ in world.mail.digests]
    assert len(world.mail.events) + len(digests) <= 2
    assert len(world.mail.events) + sum(digests) == len(risks)


def test_what_was_answered_or_settled_meanwhile_is_left_out(world: World) -> None:
    both = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN), need=2),)),))
    [answered] = submit(world, policy=both)
    settled, waits, too = submit(world, 3)
    world.gateway.decide(answered, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
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
    assert [(digest.to, digest.count) for digest in world.mail.outcomes] == [(ANA, 2), (ANA, 3)]
    assert (world.mail.events, shown(world)) == ([], [])


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
    world.clock.forward(seconds=5)
    world.deliver_all()
    assert world.mail.events == [("asked", ANA)]
    world.clock.forward(minutes=29, seconds=44)
    submit(world, 2, reviewers=("ana",))
    submit(world, risk="high", reviewers=("ana",))
    world.clock.forward(seconds=5)
    world.deliver_all()
    assert (world.mail.events, shown(world)) == ([("asked", ANA)] * 2, [])
    world.clock.forward(seconds=6)
    world.deliver_all()
    assert shown(world) == [(ANA, 5)]
    assert world.clock.now == NOW + timedelta(minutes=30)


def test_what_comes_in_quiet_hours_does_not_leave_with_what_came_before_them(world: World) -> None:
    """It is 09:30; Ana is quiet from 09:31 on, and the window of the first two ends after that."""
    quiet = QuietHours(from_="09:31", to="10:00")
    world.directory = Directory(people={"ana": Person(id="ana", email=ANA, timezone="UTC", quiet_hours=quiet)})
    world.clock.forward(seconds=55)
    submit(world, 2, reviewers=("ana",))
    world.clock.forward(seconds=7)
    submit(world, 1, reviewers=("ana",))
    world.clock.forward(seconds=3)
    world.deliver_all()
    assert shown(world) == [(ANA, 2)]


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
