"""Links to the inbox: opening one decides nothing, each has one purpose, and an expired one requests a fresh list."""

import pytest

from approvals.domain.model.approval import Status
from approvals.domain.model.messages.audience import ForReviewer
from tests.e2e.whole import hidden_fields
from tests.entrypoints.pages.inbox_site import ANA, OURS, Site, selectable


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def test_looking_decides_nothing_and_neither_does_another_site(site: Site) -> None:
    ids = [site.submit() for _ in range(2)]
    path = site.path(ids[0])
    for method in ("GET", "HEAD"):
        assert site.client.open(f"{path}?every=on&option=approve", method=method).status_code == 200
    done = site.send(path, headers={"Sec-Fetch-Site": "cross-site"}, every="on", option="approve")
    assert done.status_code == 403
    assert f'href="{path}"' in done.get_data(as_text=True)
    assert {site.status(one) for one in ids} == {Status.PENDING}


def test_a_link_of_one_purpose_is_none_of_the_other(site: Site) -> None:
    approval_id = site.submit()
    review = site.world.gateway.ports.links.url(approval_id, ForReviewer(0), now=site.world.clock()).rpartition("/")[2]
    assert site.client.get(f"/i/{review}").status_code == 404
    inbox = site.path(approval_id).rpartition("/")[2]
    assert site.client.get(f"/r/{inbox}").status_code == 404
    assert site.client.get(f"{site.path(approval_id)[:-3]}abc").status_code == 404
    assert site.client.get(site.path(approval_id, reviewer=7)).status_code == 404


def test_an_expired_link_sends_the_list_again_to_the_same_address_and_rarely(site: Site) -> None:
    ids = [site.submit() for _ in range(3)]
    site.world.deliver_all()
    path = site.path(ids[0])
    site.world.clock.forward(days=6, hours=23)
    ids.append(site.submit())
    site.world.clock.forward(hours=2)
    old = site.client.get(path)
    assert old.status_code == 410
    form = {**hidden_fields(old.get_data(as_text=True)), "sure": "true"}
    for _ in range(2):
        told = site.client.post(f"{path}/fresh", data=form, headers=OURS)
        assert "If anything still waits, a fresh link is on its way" in told.get_data(as_text=True)
    site.world.sweep_all()
    [(digest, link)] = site.world.mail.digests
    assert (digest.to, [line.approval.id for line in digest.lines]) == (ANA, [ids[3]])
    assert selectable(site.read(link.removeprefix(site.world.gateway.public_url))) == [ids[3]]


def test_where_nothing_waits_no_mail_is_sent(site: Site) -> None:
    approval_id = site.submit()
    path = site.path(approval_id)
    site.world.gateway.cancel(approval_id, actor="tests", reason="gone")
    assert "Nothing waits for your answer" in site.read(path)
    site.world.clock.forward(days=8)
    form = {**hidden_fields(site.client.get(path).get_data(as_text=True)), "sure": "true"}
    assert site.client.post(f"{path}/fresh", data=form, headers=OURS).status_code == 200
    assert site.client.post(f"{path}/fresh", data={"nonce": "made up"}, headers=OURS).status_code == 409
    site.world.deliver_all()
    assert site.world.mail.digests == []


def test_a_link_that_still_works_needs_no_fresh_one(site: Site) -> None:
    path = site.path(site.submit())
    there = site.client.post(f"{path}/fresh", data={"nonce": ""}, headers=OURS)
    assert (there.status_code, there.headers["Location"]) == (303, path)
