"""A submission's Markdown as HTML that is safe in a mail and on a page: no raw HTML, no images, no scripts, and every
link shows the host that it goes to. Rendered by markdown-it, then cleaned by nh3: either alone would do."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from approvals.presentation.names import url_host
from approvals.presentation.text import plain

_TAGS = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}, "ol": {"start"}, "*": set()}
_SCHEMES = {"https", "http", "mailto"}
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
_REMEMBERED = 64
"""Texts whose HTML is remembered, two megabytes at most: the same one is shown to each reviewer, by mail, and again."""


@lru_cache(_REMEMBERED)
def markdown(text: str) -> Markup:
    """Return `text` as safe HTML. Its headings begin at h3, below the title of the page or mail that shows them."""
    tokens = _PARSER.parse(plain(text, lines=True))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 2, 6)}"
        token.children = _with_hosts(token.children) if token.children else token.children
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES))  # noqa: S704  cleaned


def bare(text: str) -> str:
    """Return `text` as plain text: without the marks, with the host after each link."""
    words, begin = "", ""
    for token in _PARSER.parse(plain(text, lines=True)):
        match token.type:
            case "list_item_open":
                begin = f"{token.info}. " if token.info else "• "
            case "inline":
                words, begin = words + begin + _said(_with_hosts(token.children or [])), ""
            case "fence" | "code_block":
                words += f"{token.content}\n"
            case "paragraph_close" | "td_close" | "th_close" if token.hidden or token.type != "paragraph_close":
                words += "\n" if token.type == "paragraph_close" else "  "
            case "paragraph_close" | "heading_close" | "bullet_list_close" | "ordered_list_close" | "tr_close":
                words = words.rstrip() + ("\n" if token.type == "tr_close" else "\n\n")
            case "table_close":
                words += "\n"
    return words.strip()


def _said(tokens: list[Token]) -> str:
    return "".join("\n" if token.type in ("softbreak", "hardbreak") else token.content for token in tokens)


def _with_hosts(tokens: list[Token]) -> list[Token]:
    """Return the tokens with the host after each link, unless the link is an address that is written out.

    A link that a browser may open elsewhere than at the host that is shown becomes plain text.
    """
    shown: list[Token] = []
    host: str | None = None
    for token in tokens:
        if token.type == "link_open":
            host = _shown_host(token)
        if token.type not in ("link_open", "link_close") or host is not None:
            shown.append(token)
        if token.type == "link_close" and host:
            shown.append(Token("text", "", 0, content=f" ({host})"))
    return shown


def _shown_host(link: Token) -> str | None:
    """Return the host to show after a link, empty if none is needed; None for a link that must not be followed."""
    url = str(link.attrs.get("href", ""))
    if url.lower().startswith("mailto:"):
        return ""
    host = url_host(url)
    return None if not host else "" if link.info == "auto" else host
