"""The headers of a trace: those of W3C and of X-Ray, which have the same ids in other words.

Here and in the database a trace is one text: `traceparent`, and after a space `tracestate` where there is one.
"""

import re
from collections.abc import Mapping

TRACEPARENT, TRACESTATE, XRAY = "traceparent", "tracestate", "X-Amzn-Trace-Id"
STATE_LENGTH = 512
_W3C = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_STATE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_XRAY_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_XRAY_PARENT = re.compile(r"[0-9a-f]{16}")


def from_headers(headers: Mapping[str, str]) -> str:
    """Return the trace that a request continues, or an empty text. W3C's headers have precedence over X-Ray's."""
    given = {name.lower(): value for name, value in headers.items()}
    parent = given.get(TRACEPARENT, "")
    if _W3C.fullmatch(parent):
        state = given.get(TRACESTATE, "")
        return f"{parent} {state}" if len(state) <= STATE_LENGTH and _STATE.fullmatch(state) else parent
    return from_xray(given.get(XRAY.lower(), ""))


def from_xray(header: str) -> str:
    """Return the trace of an X-Ray header. It is empty without a parent, as a load balancer sends it."""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    root = _XRAY_ROOT.fullmatch(fields.get("Root", "").lower())
    parent = _XRAY_PARENT.fullmatch(fields.get("Parent", "").lower())
    if not root or not parent:
        return ""
    return f"00-{root[1]}{root[2]}-{parent[0]}-{'01' if fields.get('Sampled') == '1' else '00'}"


def to_xray(trace: str) -> str:
    """Return the X-Ray header of a trace."""
    _, trace_id, parent, flags = trace.partition(" ")[0].split("-")
    return f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent={parent};Sampled={int(flags, 16) & 1}"
