"""Notices to Ana and to #ops about one approval, and a function that sends them."""

from typing import Any

from approvals.adapters.slack.channel import SlackChannel
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.messages.topics import Asked
from tests.builders import an_approval

LINK = "https://approvals.example.com/r/for-ana"
ANA = Directory(people={"ana": Person(id="ana", name="Ana", email="ana@example.com", slack="U0ANA")})
APPROVAL = an_approval(directory=ANA, reviewers=("ana",))
ASKED = Notice(about=Asked(0), channel="slack", to="U0ANA", audience=ForReviewer(0))
IN_OPS = Notice(about=Asked(0), channel="slack", to="#ops")
DM = "D0ANA"


def sent(channel: SlackChannel, notice: Notice = ASKED, approval: Any = APPROVAL, **more: Any) -> str:
    link = LINK if not isinstance(notice.audience, ForChannel) else None
    result = channel.send(notice, approval, link=link, **more)
    assert isinstance(result, Sent), result
    return result.receipt
