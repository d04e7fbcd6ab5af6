"""Slack's mrkdwn as the demo's pane parses it: only markup changes the text."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from approvals.demo.slack_ui import mrkdwn as markup
from approvals.demo.slack_ui.mrkdwn import Run, plain, runs

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
STAMP = int(NOW.timestamp())


def name_of(reference: str) -> str:
    return "Ana" if reference == "U0ANA" else reference


def read(text: str) -> list[tuple[str, set[str], str]]:
    return [(run.text, set(run.styles), run.href) for run in runs(text, now=NOW, name_of=name_of)]


def shown(text: str) -> str:
    return "".join(words for words, _, _ in read(text))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("plain", [("plain", set(), "")]),
        ("*bold* _and_ ~gone~", [("bold", {"bold"}, ""), (" ", set(), ""), ("and", {"italic"}, ""), (" ", set(), ""),
                                 ("gone", {"struck"}, "")]),
        ("*a _b_*", [("a ", {"bold"}, ""), ("b", {"bold", "italic"}, "")]),
        ("`*no*`", [("*no*", {"code"}, "")]),
        ("2*3*4", [("2*3*4", set(), "")]),
        ("<https://a.example/x|There>", [("There", set(), "https://a.example/x")]),
        ("<javascript:alert(1)|There>", [("There", set(), "")]),
        ("<@U0ANA>", [("@Ana", {"mention"}, "")]),
        (":unheard-of: 10:30:00", [(":unheard-of: 10:30:00", set(), "")]),
        ("&lt;!channel&gt; &amp;lt;", [("<!channel> &lt;", set(), "")]),
    ],
)  # fmt: skip
def test_marks_are_read_as_slack_reads_them(written: str, read_as: list[tuple[str, set[str], str]]) -> None:
    assert read(written) == read_as


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ("{date_short_pretty} at {time}", "today at 9:30 AM"),
        ("by {date_long_pretty}", "by today"),
        ("{date_num} {time_secs}", "2026-03-02 9:30:00 AM"),
        ("{date}", "March 2nd, 2026"),
        ("{date_long}", "Monday, March 2nd, 2026"),
        ("{unheard}", "{unheard}"),
    ],
)
def test_a_date_is_shown_in_the_viewers_time_zone(tokens: str, words: str) -> None:
    assert shown(f"<!date^{STAMP}^{tokens}|then>") == words


def test_days_around_today_have_names_and_others_a_date() -> None:
    days = [shown(f"<!date^{STAMP + days * 86400}^{{date_short_pretty}}|then>") for days in (-1, 1, 2)]
    assert days == ["yesterday", "tomorrow", "Mar 4, 2026"]


def test_a_moment_beyond_the_calendar_is_its_fallback() -> None:
    assert shown("<!date^999999999999^{date}|some day &amp; more>") == "some day & more"


def test_plain_text_holds_no_marks() -> None:
    hostile = "*no* <https://a.example|x> <!channel> :warning:"
    assert plain(hostile, emoji=False) == [Run(text=hostile)]


def test_emoji_are_pictures_of_their_own() -> None:
    picture = Run(text=":warning:", emoji="warning")
    assert plain("a :warning: b") == [Run(text="a "), picture, Run(text=" b")]
    assert runs("*:warning:*", now=NOW) == [Run(text=":warning:", emoji="warning", styles=frozenset({"bold"}))]
    folder = Path(markup.__file__).parent.parent / "static/emoji"
    assert {file.stem for file in folder.iterdir()} == markup.EMOJI
