"""The actions of a link's holder on the review page, sent as a browser sends them."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.directory.people import Person
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.records import Rendering
from tests.builders import BY_LINK, a_submission
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on, state, words
from tests.fakes import World

PEOPLE = {n: Person(id=n, name=n.title(), email=f"{n}@example.com", timezone="UTC") for n in ("ana", "ben", "cleo")}
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=2),)),))
EVIL = "<script>alert(1)</script>\"'><img src=x>\u202e"


def opened(world: World, *, reviewer: int = 0, **changes: Any) -> str:
    """The link of Ana, or of somebody else, to a new approval that Rhea asks for."""
    changes = {"policy": BOTH, **changes}
    return link(world, world.gateway.submit(a_submission(**changes), caller="tests").approval_id, reviewer=reviewer)


def do(client: FlaskClient, path: str, verb: str, *, nonce: str | None = None, **fields: str) -> TestResponse:
    """Sends the form of this verb as the page has it, with its box ticked."""
    fields = {"nonce": nonce or nonce_on(client, path), "sure": "true", **fields}
    return client.post(f"{path}/{verb}", data=fields, headers=FROM_THE_PAGE)


def done(client: FlaskClient, path: str, verb: str, **fields: str) -> str:
    """What the page says afterwards."""
    response = do(client, path, verb, **fields)
    assert response.status_code == 303, words(response)
    return words(client.get(response.headers["Location"]))


def events(world: World) -> list[str]:
    return [note.event for note in world.gateway.audit("id-0001")]


def asked(world: World, **changes: Any) -> str:
    """The link of whoever asks, after a question."""
    opened(world, **changes)
    world.gateway.ask_question("id-0001", reviewer=0, text="Which order?", actor=BY_LINK)
    return link(world, "id-0001", holder=ForRequester())


def rendering(world: World, *, reviewer: int) -> Rendering:
    return Rendering("id-0001", ForReviewer(reviewer), world.clock(), state(world).content_sha256)
