"""Reads approvals by the API: as they were found, with their audit trails, and how they ended."""

import re
from typing import Any

from tests.upgrade.doings import Doings, name_of
from tests.upgrade.outside import Json

QUOTED = re.compile(r"«[^»]*»")


def read_all(doings: Doings) -> Json:
    """Every approval by its name: alone, and as its page of the list has it."""
    found = {name_of(one): one for one in doings.listed()}
    return {name: {**_shown(doings, one), "notes": notes_of(doings, one["id"])} for name, one in sorted(found.items())}


def ends_of(doings: Doings) -> Json:
    """How each ended, and what happened to it on the way."""
    return {name_of(one): _end(doings, one) for one in sorted(doings.listed(), key=name_of)}


def notes_of(doings: Doings, approval_id: str) -> list[str]:
    """The lines of the audit trail, each in one text."""
    notes = doings.deployment.call("GET", f"/v1/approvals/{approval_id}/notes").json["items"]
    return [f"{note['at'][:19]} {note['event']} by {note['actor']}" for note in notes]


def _shown(doings: Doings, listed: Json) -> Json:
    """All that a trusted key is shown, which the list shows as well; and whether it can be told in words."""
    alone = doings.deployment.call("GET", f"/v1/approvals/{listed['id']}").json
    assert alone == listed
    return {"view": alone, "told": _told(doings, listed["id"])}


def _told(doings: Doings, approval_id: str) -> Json:
    """Of what is said about it the lines, and the words of people in them."""
    told = doings.deployment.call("GET", f"/v1/approvals/{approval_id}/explanation").json
    return {"lines": len(told["text"]), "says": sorted(set(QUOTED.findall(" ".join(told["text"]))))}


def _end(doings: Doings, shown: Json) -> list[Any]:
    callback, outcome = shown["callback"], shown["outcome"] or {}
    how = [shown["status"], outcome.get("option"), outcome.get("reason"), callback["state"], callback["detail"]]
    return [how, notes_of(doings, shown["id"])]
