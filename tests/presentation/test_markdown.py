"""A description in Markdown: as HTML in which nothing acts, and as bare text."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.presentation.markdown import bare, markdown


def test_markdown_becomes_html_below_the_title() -> None:
    html = markdown("# Why\n\nIt is **late**:\n\n- one\n- `two`\n\n|a|b|\n|-|-|\n|1|2|")
    assert "<h3>Why</h3>" in html
    assert "<strong>late</strong>" in html
    assert "<li><code>two</code></li>" in html
    assert "<td>2</td>" in html


def test_a_link_in_markdown_shows_where_it_goes() -> None:
    html = markdown("[your bank](https://evil.example/login) <https://shown.example/x>")
    assert 'href="https://evil.example/login"' in html
    assert "your bank</a> (evil.example)" in html
    assert "</a> (shown.example)" not in html
    assert "noopener" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '[x](https://a.example "onmouseover=alert(1)")',
        '[x](https://a.example/"onmouseover="alert(1))',
        "![x](https://tracker.example/pixel.png)",
        "<style>*{display:none}</style>",
        "<https://a.example/<script>>",
        "`</code><script>alert(1)</script>`",
        "```html onload=alert(1)\n<iframe>\n```",
        "[x]: javascript:alert(1)\n[x]",
        "&lt;script&gt; &#60;script&#62;",
    ],
)
def test_markdown_cannot_bring_in_anything_that_acts(text: str) -> None:
    for tag, attributes in tags_of(markdown(text)):
        assert tag in {"p", "a", "code", "pre"}
        assert attributes.keys() <= {"href", "rel"}
        assert attributes.get("href", "https:").startswith("https:")


def tags_of(html: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of some HTML with their attributes, as a browser would find them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Parser().feed(html)
    return found


def test_raw_html_is_shown_as_what_was_written() -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markdown("<script>alert(1)</script>")


def test_markdown_is_inert_text_too() -> None:
    assert markdown("invoice\u202efdp.exe \x1b[31m") == "<p>invoice\ufffdfdp.exe \ufffd[31m</p>\n"


@given(st.text(max_size=300))
def test_any_text_is_markdown(text: str) -> None:
    html = markdown(text)
    assert "script" not in {tag for tag, _ in tags_of(html)}
    assert not set(html) & set("\x00\u202e")


@pytest.mark.parametrize("part", ["[", "![[", "*a *", "> ", "- ", "`", "|a", "<a", "[a](<b", "**_", "\\", "&#"])
def test_markdown_made_to_be_slow_is_not(part: str) -> None:
    began = time.process_time()
    markdown((part * 16384)[:16384])
    assert time.process_time() - began < 3


def test_where_only_text_is_shown_markdown_loses_its_marks_and_links_keep_their_hosts() -> None:
    text = "# Head\n\nPlease **look** at [this](https://evil.example/x).\nnext\n\n- a\n- b\n\n1. one\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n\nend"
    assert bare(text).split("\n\n") == [
        "Head", "Please look at this (evil.example).\nnext", "• a\n• b", "1. one", "a  b\n1  2", "end"
    ]  # fmt: skip
    assert bare("---") == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://bank.example@evil.example/",
        "//evil.example/",
        "https:/evil.example",
        "https://0x7f.1/",
        "/admin",
        "#top",
    ],
)
def test_a_link_that_a_browser_may_open_elsewhere_is_plain_text(url: str) -> None:
    html = markdown(f"see [the bank]({url})")
    assert html == "<p>see the bank</p>\n"


def test_the_host_beside_a_link_is_the_one_that_the_browser_opens() -> None:
    assert "(xn--strae-oqa.example)" in markdown("[pay](https://stra\u00dfe.example/x)")
