"""Explaining by the API: a submission that is not made, an approval as it stands; nothing is kept."""

import pytest

from approvals.domain.directory.people import Directory
from tests.entrypoints.api.api_client import FINANCE, LEAST, Api, paths


@pytest.fixture
def directory() -> Directory:
    return FINANCE


class TestExplaining:
    def test_no_token_and_no_title_are_needed(self, api: Api) -> None:
        said = api.explain(reviewers=["ana", "ben@example.com"], need="all").json
        assert said["text"][:2] == [
            "Ana and ben@example.com are asked at once, by mail.",
            "Both of them have to approve.",
        ]
        assert said["reviewers"][0] == {"id": "ana", "name": "Ana", "by": "mail", "when": "at once", "insteadOf": []}
        assert said["needed"] == [
            {"step": 1, "group": "ana and ben@example.com", "have": 0, "need": 2, "of": ["Ana", "ben@example.com"]}
        ]
        assert (said["status"], said["timezone"], said["now"]) == ("pending", "UTC", "2026-03-02T09:30:00Z")
        assert said["deadline"] == "2026-03-09T09:30:00Z"
        assert said["timeline"][0] == {
            "kind": "asked", "step": 1, "at": "2026-03-02T09:30:00Z", "after": None,
            "what": "Ana and ben@example.com are asked.",
        }  # fmt: skip

    def test_moments_are_worded_in_the_time_zone_of_the_reader(self, api: Api) -> None:
        said = api.explain(reviewers=["ana"], timezone="Asia/Tokyo").json
        assert any("Monday, 9 March 2026, 18:30 (Asia/Tokyo)" in sentence for sentence in said["text"])
        assert paths(api.explain(reviewers=["ana"], timezone="Asia/Tokio")) == ["timezone"]

    def test_an_approval_is_explained_in_its_current_state(self, api: Api) -> None:
        approval_id = api.submitted(reviewers=["ana@example.com", "ben@example.com"], need="all")
        api.decide(approval_id, option="approve", reviewer="ana@example.com")
        said = api.get(f"/v1/approvals/{approval_id}/explanation?timezone=Asia/Tokyo")
        assert "Still needed: ben@example.com." in said["text"]
        assert said["timezone"] == "Asia/Tokyo"
        assert [moment["kind"] for moment in said["timeline"]] == ["asked", "answered", "ended"]
        api.decide(approval_id, option="approve", reviewer="ben@example.com")
        said = api.get(f"/v1/approvals/{approval_id}/explanation")
        assert said["text"][0] == "Approved by Ana, by key decide (API); and ben@example.com, by key decide (API)."
        assert (said["status"], said["needed"]) == ("approved", [])

    def test_how_it_is_told_is_asked_for_once_and_rightly(self, api: Api) -> None:
        path = f"/v1/approvals/{api.submitted()}/explanation"
        for query, wrong in (
            ("timezone=Mars", "timezone"),
            ("timezone=UTC&timezone=UTC", "timezone"),
            ("zone=UTC", "zone"),
        ):
            assert paths(api.call("GET", f"{path}?{query}", scope="read")) == [wrong]
        assert api.call("GET", "/v1/approvals/none/explanation", scope="read").status_code == 404

    def test_a_named_policy_is_explained(self, api: Api) -> None:
        assert "Both of them have to approve." in api.explain(policy="finance").json["text"]

    def test_it_refuses_what_submitting_refuses(self, api: Api) -> None:
        assert paths(api.explain(reviewers=["ana"], need=2)) == ["need"]
        assert paths(api.explain(reviewers=["ana"], ned=2)) == ["ned"]

    def test_nothing_is_kept_and_nobody_asked(self, api: Api) -> None:
        api.explain(**LEAST)
        api.world.deliver_all()
        assert (api.get("/v1/approvals")["items"], api.world.mail.sent) == ([], [])
