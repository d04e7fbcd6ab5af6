"""The review page as a browser has it: links, what can be read, and what its form sends."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.model.approval import Approval
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForReviewer, Holder
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import a_submission
from tests.fakes import PUBLIC_URL, World

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))
IN_TURN = Policy(
    stages=tuple(
        Stage(groups=(Group(from_=(who,)),), name=name)
        for who, name in (("ana@example.com", "Finance"), ("ben@example.com", "Legal"))
    )
)
FORM = Form(
    required=("sum",),
    properties={
        "sum": Question(type="integer", title="Amount", description="In whole euros.", minimum=1, maximum=420),
        "pay": Question(enum=("Card", "Bank"), title="Pay to"),
        "why": Question(enum=("Late", "Broken", "Wrong", "Lost", "Other"), title="Reason"),
        "day": Question(format="date", title="Day"),
        "mail": Question(format="email", title="Tell", min_length=6, max_length=40),
        "text": Question(format="multiline", title="Note"),
        "tell": Question(type="boolean", title="Tell the customer"),
    },
)


def submitted(world: World, **changes: Any) -> str:
    return world.gateway.submit(a_submission(**changes), caller="tests").approval_id


def link(world: World, approval_id: str, *, reviewer: int = 0, holder: Holder | None = None) -> str:
    url = world.gateway.ports.links.url(approval_id, holder or ForReviewer(reviewer), now=world.clock())
    return url.removeprefix(PUBLIC_URL)


def opened(world: World, **changes: Any) -> str:
    """The link of Ana, the first reviewer, to a new approval."""
    return link(world, submitted(world, **changes))


def nonce_on(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', client.get(path).text)
    assert found, "there is no form on this page"
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """What a browser sends when somebody fills in the form and presses its button."""
    fields = {"nonce": fields.pop("nonce", None) or nonce_on(client, path), **fields}
    return client.post(path, data=fields, headers=FROM_THE_PAGE)


def words(response: TestResponse) -> str:
    """What can be read, without the markup."""
    text = re.sub(r"<script.*?</script>|<title>.*?</title>|<[^>]+>", " ", response.text, flags=re.DOTALL)
    return re.sub(r" ([,.;:”)])", r"\1", " ".join(unescape(text).split())).replace("“ ", "“")


def state(world: World, approval_id: str = "id-0001") -> Approval:
    return world.gateway.approval(approval_id)
