"""Slack's published limits, and our rule that senders' text is never markup, checked on finished JSON.

Written from the reference of Block Kit and not from our code: it checks every object of the payload.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LIMITS = {
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("button", "text"): 75,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
"""The maximum length of a text object, by the type of its owner and its key."""
LISTS = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("overflow", "options"): 5,
    ("radio_buttons", "options"): 10,
    ("checkboxes", "options"): 10,
    ("static_select", "options"): 100,
    ("modal", "blocks"): 100,
    ("home", "blocks"): 100,
}
STRINGS = {"url": 3000, "value": 2000, "action_id": 255, "block_id": 255, "private_metadata": 3000}
NEEDED = {"section": ("text", "fields"), "input": ("label",), "button": ("text",), "header": ("text",)}
PLAIN_ONLY = {"header", "button", "input", "modal", "overflow", "radio_buttons", "static_select", "checkboxes"}
WHOLE_MESSAGE = 12_000
"""The maximum length of all blocks. Slack documents none; users met one near 13,000 (slackapi/bolt-js, 2509)."""
DATE = re.compile(r"<!date\^\d{1,12}\^\{date_short_pretty\} at \{time\}\|[A-Za-z0-9 ,:]+>")
OUR_WORDS = re.compile(r"(?::[a-z_]+: )?[A-Za-z*.,:;’ ]*")
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def problems(payload: Any) -> list[str]:
    """Return what Slack would reject in blocks or a view, and text that would act as markup."""
    found = list(_walk(payload, "", None))
    blocks = payload if isinstance(payload, list) else payload["blocks"]
    if isinstance(payload, list) and len(blocks) > 50:
        found.append(f"{len(blocks)} blocks")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("a block_id twice")
    return found


def message_problems(text: str, blocks: list[Any]) -> list[str]:
    size = len(str(blocks))
    return [*problems(blocks), *fallback_problems(text), *([f"{size} characters"] if size > WHOLE_MESSAGE else [])]


def fallback_problems(text: str) -> list[str]:
    """Return the markup in a fallback text, which is mrkdwn and may only contain the three entities."""
    bare = re.sub(r"&(?:amp|lt|gt);", "", text)
    return [f"fallback: {text!r}"] if not text or len(text) > 3000 or set(bare) & set("<>&") else []


def texts(payload: Any) -> Iterator[dict[str, Any]]:
    """Yield every text object."""
    if isinstance(payload, dict):
        if payload.get("type") in ("plain_text", "mrkdwn"):
            yield payload
        for value in payload.values():
            yield from texts(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from texts(value)


def said(payload: Any) -> str:
    """Return all readable text of a payload."""
    return "\n".join(each["text"] for each in texts(payload))


def _walk(value: Any, path: str, owner: str | None) -> Iterator[str]:
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from _walk(item, f"{path}[{n}]", owner)
    if not isinstance(value, dict):
        return
    kind = value.get("type", owner)
    if kind in ("plain_text", "mrkdwn"):
        yield from (f"{path}: {problem}" for problem in _text_problems(value, owner))
        return
    if "type" in value and kind in NEEDED and not any(value.get(key) for key in NEEDED[kind]):
        yield f"{path}: {kind} without {NEEDED[kind]}"
    if kind == "image":
        yield f"{path}: an image"
    if kind == "actions":
        names = [element["action_id"] for element in value["elements"]]
        if len(names) != len(set(names)):
            yield f"{path}: an action_id twice"
    yield from _length_problems(value, str(kind), path)
    for key, inner in value.items():
        yield from _walk(inner, f"{path}.{key}", kind)


def _length_problems(value: dict[str, Any], kind: str, path: str) -> Iterator[str]:
    for key, inner in value.items():
        if (most := LISTS.get((kind, key))) and not 1 <= len(inner) <= most:
            yield f"{path}.{key}: {len(inner)} entries"
        if key in STRINGS and isinstance(inner, str) and not 1 <= units(inner) <= STRINGS[key]:
            yield f"{path}.{key}: {len(inner)} characters"
        if (most := LIMITS.get((kind, key))) and units(inner["text"]) > most:
            yield f"{path}.{key}: {units(inner['text'])} characters"
        if key == "fields" and any(units(field["text"]) > 2000 for field in inner):
            yield f"{path}.fields: too long"
    an_option = "type" not in value and "value" in value and "text" in value
    if an_option and (len(value["value"]) > 150 or units(value["text"]["text"]) > 75):
        yield f"{path}: an option too long"
    if kind == "plain_text_input":
        if not 1 <= value.get("max_length", 3000) <= 3000:
            yield f"{path}: max_length"
        if units(value.get("initial_value", "")) > value.get("max_length", 3000):
            yield f"{path}: initial_value"
    if "url" in value and not re.fullmatch(r"https?://[A-Za-z0-9._:\[\]-]+(?:[/?#][!#-;=?-~]*)?", value["url"]):
        yield f"{path}: url {value['url']!r}"


def _text_problems(value: dict[str, Any], owner: str | None) -> Iterator[str]:
    words = value["text"]
    if not isinstance(words, str) or not words.strip():
        yield "empty"
        return
    hidden = [c for c in words if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cf", "Cs") or c in TURNING)]
    if hidden:
        yield f"unseen characters {hidden!r}"
    if value["type"] == "plain_text":
        if value.get("emoji") is not False:
            yield "emoji by name"
    elif owner in PLAIN_ONLY:
        yield f"mrkdwn in {owner}"
    elif value.get("verbatim") is not True or not OUR_WORDS.fullmatch(DATE.sub("", words)):
        yield f"mrkdwn that is not ours: {words!r}"


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
