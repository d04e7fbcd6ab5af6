"""All that a review page may show: each of these brings it about, and gives the link there."""

from approvals.domain.model.actor import Actor
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.results import GivenUp
from tests.builders import BY_LINK
from tests.support.web.site import FORM, FULL, HOSTILE, SHIP, Site


def pending(site: Site) -> str:
    return site.open(**FULL)


def high_risk(site: Site) -> str:
    return site.open(**FULL, risk="high", options=SHIP)


def with_form(site: Site) -> str:
    return site.open(**FULL, form=FORM)


def decided(site: Site) -> str:
    url = site.open(**FULL)
    site.decide("id-0001", reviewer=0, comment="fine")
    return url


def settled(site: Site) -> str:
    url = site.open(**FULL)
    site.world.callbacks.results = [GivenUp("TaskTimedOut", closed=True)]
    for reviewer in range(3):
        site.decide("id-0001", reviewer=reviewer, comment="fine")
    return url


def rejected(site: Site) -> str:
    url = site.open(**FULL)
    site.decide("id-0001", reviewer=1, option="reject", comment="no")
    return url


def unreached(site: Site) -> str:
    site.world.mail.results = [GivenUp("mailbox unknown")] * 2
    url = site.open(**FULL)
    site.world.deliver_all()
    return url


def time_is_up(site: Site) -> str:
    url = site.open(timeout_seconds=600)
    site.world.clock.forward(minutes=9, seconds=30)
    return url


def not_yet(site: Site) -> str:
    return site.link(site.submit(**FULL), reviewer=2)


def questions(site: Site) -> str:
    approval_id = site.submit(**FULL)
    site.gateway.ask_question(approval_id, reviewer=0, text="Which of the two parcels?", actor=BY_LINK)
    site.gateway.reply(approval_id, question=0, text="The second.", actor=Actor(via="link", id="rhea@example.com"))
    site.gateway.ask_question(approval_id, reviewer=1, text="w" * 300, actor=BY_LINK)
    site.gateway.claim(approval_id, reviewer=1, actor=BY_LINK)
    return site.link(approval_id)


def whoever_asks(site: Site) -> str:
    questions(site)
    return site.link("id-0001", holder=ForRequester())


def hostile(site: Site) -> str:
    return site.open(**HOSTILE)


def expired_link(site: Site) -> str:
    url = site.open(**FULL)
    site.world.clock.forward(days=8)
    return url


def bad_link(site: Site) -> str:
    return site.open()[:-1]


STATES = [
    pending, high_risk, with_form, decided, settled, rejected, unreached, time_is_up, not_yet, questions,
    whoever_asks, hostile, expired_link, bad_link,
]  # fmt: skip
