"""Time zones: their names, and local clocks that never go back."""

import itertools
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.calendar.time_zones import moment, shown, zone, zone_problems


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Asia/Zurich", "Europe/Zurich"),
        ("Europe/Berlin/", "Europe/Berlin"),
        ("utc", "UTC"),
        ("right/Europe/Berlin", "Europe/Berlin"),  # whose clocks count leap seconds
    ],
)
def test_a_name_that_is_nearly_right_gets_the_right_one(name: str, meant: str) -> None:
    (problem,) = zone_problems(name, "people.ana.timezone")
    said = f"“{name}” is not a time zone of the IANA database; did you mean “{meant}”?"
    assert str(problem) == f"people.ana.timezone: {said}"


@pytest.mark.parametrize(
    "name",
    ["CEST", "GMT+2", "UTC+1", "Mars/Base", "America", "localtime", "Factory", "../../etc/passwd", "/etc/localtime",
     "x" * 300, "", "zone.tab", "München"],
)  # fmt: skip
def test_what_is_no_place_is_refused_and_nothing_wrong_is_suggested(name: str) -> None:
    """GMT+2 is near Etc/GMT+2, which is two hours west of Greenwich; CEST is near EST."""
    (problem,) = zone_problems(name, "timezone")
    assert problem.message.endswith("; write a name such as Europe/Berlin or America/New_York")


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "UTC", "US/Pacific"])
def test_names_of_the_database_are_fine(name: str) -> None:
    assert list(zone_problems(name, "timezone")) == []


def test_the_data_come_along_where_the_system_has_none() -> None:
    ask = (
        "import zoneinfo; zoneinfo.reset_tzpath(());"
        "from approvals.domain.calendar.time_zones import zone; zone('Asia/Kathmandu')"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)
    assert resources.files("tzdata").joinpath("zones").is_file()


def test_zones_cost_nothing_until_one_is_used() -> None:
    ask = (
        "import sys, approvals.domain.calendar.business_hours;"
        "import approvals.domain.calendar.quiet_hours, approvals.domain.calendar.absence;"
        "print(sorted({'zoneinfo', 'tzdata', 'difflib'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert done.stdout.strip() in ("[]", "['difflib']")  # which reading uses anyhow


PLACES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Pacific/Apia",
]
TURNS = (
    "2026-03-29T01 2026-10-25T01 2026-04-04T15 2026-10-03T15:30 2026-11-01T06 2026-03-08T07 2011-12-30T10 2026-09-06T04"
)
moments = st.builds(
    lambda turn, after: datetime.fromisoformat(f"{turn}Z") + after,
    st.sampled_from(TURNS.split()), st.timedeltas(timedelta(hours=-30), timedelta(hours=30)),
)  # fmt: skip
places = st.sampled_from(PLACES).map(zone)


@given(places, moments, moments)
def test_what_is_shown_never_goes_back(place: object, one: datetime, two: datetime) -> None:
    sooner, later = sorted((one, two))
    assert shown(place, sooner) <= shown(place, later)  # type: ignore[arg-type]


@given(places, moments, moments)
def test_a_wall_time_is_the_first_moment_at_which_it_is_reached(place: object, one: datetime, other: datetime) -> None:
    wall = other.replace(tzinfo=None, microsecond=0)
    assert (moment(place, wall) <= one) == (shown(place, one) >= wall)  # type: ignore[arg-type]


def test_a_repeated_hour_waits_and_a_missing_one_is_a_moment() -> None:
    berlin = zone("Europe/Berlin")
    times = [shown(berlin, datetime(2026, 10, 24, 23, tzinfo=UTC) + n * timedelta(minutes=30)) for n in range(7)]
    assert [f"{one:%H:%M}" for one in times] == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:00", "03:00"]
    missing = [datetime.fromisoformat(f"2026-03-29T{wall}") for wall in ("02:00", "02:30", "02:59", "03:00")]
    assert {moment(berlin, one) for one in missing} == {datetime(2026, 3, 29, 1, tzinfo=UTC)}
    assert all(a < b for a, b in itertools.pairwise(moment(berlin, one) for one in times[:5]))
