"""SNS over HTTPS: messages that SNS signed for an allowed topic are accepted; forged, foreign and old ones get 4xx."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from approvals.adapters.aws.sns_signature import SnsSignatures
from approvals.domain.model.messages.results import GivenUp, Sent, TryAgain
from approvals.domain.model.records import Filter
from approvals.entrypoints.app import create_app
from tests.builders import EXECUTION_ARN, NOW, a_submission
from tests.fakes import World
from tests.support.aws.events import status_change
from tests.support.aws.sns import (
    CERTIFICATE,
    HOST,
    SUBSCRIBE,
    TOPIC,
    Web,
    certificate,
    confirmation,
    notification,
    signed,
)
from tests.support.wheel import ROOT

PAYLOAD = {"taskToken": "AQCE-token", "title": "Refund", "reviewers": ["ana@example.com"]}


class Door:
    """The application with one allowed topic, and what it can fetch."""

    def __init__(self, world: World) -> None:
        self.world, self.web = world, Web()
        signatures = SnsSignatures(self.web, clock=world.clock)
        self.client = create_app(world.gateway, topics=[TOPIC], signatures=signatures).test_client()

    def post(self, message: Any) -> TestResponse:
        """As SNS sends it: JSON that calls itself plain text."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.client.post("/sns", data=body, content_type="text/plain; charset=UTF-8")

    def refused(self, message: Any) -> str:
        response = self.post(message)
        assert response.status_code == 403, response.text
        assert self.pending() == 0
        return str(response.json["detail"])

    def pending(self) -> int:
        return len(self.world.gateway.find(Filter(status="pending")))


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "changes", [{}, {"Subject": "Approval wanted\nnow"}, {"MessageAttributes": {"a": {"Type": "b"}}}]
)
def test_a_notification_that_sns_signed_is_taken(door: Door, version: str, changes: dict[str, Any]) -> None:
    assert door.post(signed(notification(PAYLOAD, **changes), version=version)).status_code == 204
    [approval] = door.world.gateway.find(Filter())
    assert (approval.content.title, approval.caller) == ("Refund", "sns:asks")


def test_the_certificate_is_fetched_once(door: Door) -> None:
    for n in range(3):
        assert door.post(signed(notification({**PAYLOAD, "taskToken": f"t{n}"}))).status_code == 204
    assert door.web.fetched == [CERTIFICATE]


def test_a_message_that_is_replayed_asks_nobody_twice(door: Door) -> None:
    message = signed(notification(PAYLOAD))
    assert [door.post(message).status_code for _ in range(2)] == [204, 204]
    assert door.pending() == 1
    door.world.deliver_all()
    assert len(door.world.mail.sent) == 1


def test_a_subscription_of_an_allowed_topic_is_confirmed_at_its_address(door: Door) -> None:
    assert door.post(signed(confirmation())).status_code == 204
    assert door.web.fetched == [CERTIFICATE, SUBSCRIBE]


def test_the_end_of_a_subscription_is_logged_and_nothing_is_visited(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    assert door.post(signed(confirmation("UnsubscribeConfirmation"))).status_code == 204
    assert door.web.fetched == [CERTIFICATE]
    assert [r for r in caplog.records if getattr(r, "event", "") == "sns.unsubscribed"]


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://evil.example.com/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com@evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com:8443/?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        f"{HOST}/?Action=DeleteTopic",
        f"{HOST}/?Action=ConfirmSubscription&Action=DeleteTopic",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_no_other_address_is_ever_visited(door: Door, url: str) -> None:
    assert door.refused(signed(confirmation(SubscribeURL=url))) == "its SubscribeURL is not that of SNS"
    assert door.web.fetched == [CERTIFICATE]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/SimpleNotificationService-9c6465fa.pem",
        "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-9c6465fa.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-9c6465fa.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-9c6465fa.pem",
        "https://sns.eu-central-1.amazonaws.com\\@evil.example/SimpleNotificationService-9c6465fa.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-9c6465fa.pem",
        "https://sns.eu-central-1.amazonaws.com.cn/SimpleNotificationService-9c6465fa.pem",
        f"{HOST}/other.pem",
        f"{HOST}/SimpleNotificationService-9c6465fa.pem?x=1",
        f"{HOST}/a/../SimpleNotificationService-9c6465fa.pem",
        "https://[::1",
        5,
        None,
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(door: Door, url: Any) -> None:
    assert "its certificate is not" in door.refused({**signed(notification(PAYLOAD)), "SigningCertURL": url})
    assert door.web.fetched == []


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    "change",
    [
        lambda message: {**message, "Message": message["Message"].replace("Refund", "Refunds")},
        lambda message: {**message, "MessageId": "another"},
        lambda message: {**message, "Subject": "added"},
        lambda message: {**message, "Signature": ""},
        lambda message: {**message, "Signature": "not base64 ☃"},
        lambda message: {**message, "Signature": ["AAAA"]},
        lambda message: {name: value for name, value in message.items() if name != "Signature"},
        lambda message: {**message, "SignatureVersion": "2"},
        lambda message: signed(message, key_name="mallory"),
    ],
)
def test_what_was_changed_or_signed_by_another_is_refused(door: Door, change: Change) -> None:
    assert door.refused(change(signed(notification(PAYLOAD)))) == "its signature is wrong"


@pytest.mark.parametrize("version", ["3", "", None, 1.5, ["1"]])
def test_a_version_of_signature_that_does_not_exist_is_refused(door: Door, version: Any) -> None:
    message = {**signed(notification(PAYLOAD)), "SignatureVersion": version}
    assert door.refused(message) == "its SignatureVersion is neither 1 nor 2"


def test_a_topic_that_is_not_allowed_is_refused_though_sns_signed_it(door: Door) -> None:
    foreign = signed(notification(PAYLOAD, TopicArn=TOPIC + "2"))
    assert door.refused(foreign) == "the topic is not among APPROVALS_SNS_TOPICS"
    assert door.web.fetched == []


@pytest.mark.parametrize("forward", [{"minutes": 61}, {"days": 400}, {"minutes": -61}])
def test_a_message_that_is_not_of_this_hour_is_refused(door: Door, forward: dict[str, float]) -> None:
    door.world.clock.forward(**forward)
    assert door.refused(signed(notification(PAYLOAD))) == "it is older than an hour"


@pytest.mark.parametrize("timestamp", ["", "yesterday", "2026-03-02T09:29:59", "9999-99-99T00:00:00Z"])
def test_a_time_that_is_none_is_refused(door: Door, timestamp: str) -> None:
    assert door.refused(signed(notification(PAYLOAD, Timestamp=timestamp))) == "its Timestamp is not a date and time"


def test_a_certificate_that_has_expired_is_refused(door: Door) -> None:
    door.web.pages[CERTIFICATE] = certificate(issued=NOW - timedelta(days=366))
    assert door.refused(signed(notification(PAYLOAD))) == "its certificate is not valid at this time"


@pytest.mark.parametrize(
    "page", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_certificate_that_is_none_is_refused(door: Door, page: bytes) -> None:
    door.web.pages[CERTIFICATE] = page
    assert door.refused(signed(notification(PAYLOAD))) == "its certificate cannot be read"


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "Other", "", None, 5])
def test_a_type_that_does_not_fit_is_refused(door: Door, kind: Any) -> None:
    assert door.refused({**signed(notification(PAYLOAD)), "Type": kind})
    assert door.web.fetched == []


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp"])
@pytest.mark.parametrize("value", [None, 5, {"a": "b"}])
def test_a_signed_field_that_is_no_text_is_refused(door: Door, name: str, value: Any) -> None:
    assert door.refused({**signed(notification(PAYLOAD)), name: value}).startswith("it lacks one of Message, ")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b'"text"', b'{"TopicArn": 5}', b'{"a":"\\ud800"}']
)
def test_what_is_no_message_of_sns_is_not_valid(door: Door, body: bytes) -> None:
    assert door.post(body).status_code == 422


def test_a_body_over_the_limit_is_refused(door: Door) -> None:
    assert door.post(signed(notification("x" * 300_000))).status_code == 413


def test_what_may_work_later_is_answered_so_that_sns_repeats_it(door: Door) -> None:
    door.web.down = True
    assert door.post(signed(notification(PAYLOAD))).status_code == 503
    door.web.down = False
    assert door.post(signed(notification(PAYLOAD))).status_code == 204


def test_a_bad_submission_fails_its_task_and_is_done_with_only_then(door: Door) -> None:
    bad = signed(notification({"taskToken": "t", "title": ""}))
    door.world.callbacks.results = [TryAgain("throttled")]
    assert [door.post(bad).status_code for _ in range(2)] == [503, 204]
    assert door.world.callbacks.sent[0].error == "Approval.InvalidSubmission"


@pytest.mark.parametrize("message", ["not JSON", "{}", "[]"])
def test_what_has_no_token_is_not_valid(door: Door, message: str) -> None:
    assert door.post(signed(notification(message))).status_code == 422


def test_the_end_of_an_execution_may_come_this_way(door: Door) -> None:
    door.post(signed(notification({**PAYLOAD, "execution": {"id": EXECUTION_ARN}})))
    told = status_change(stopDate=int(NOW.timestamp() * 1000))
    assert door.post(signed(notification(told, MessageId="2"))).status_code == 204
    assert door.pending() == 1
    door.world.callbacks.results.append(GivenUp("the state no longer waits", closed=True))
    door.world.deliver_all()
    assert door.pending() == 0


def test_a_mail_that_came_back_may_be_reported_this_way_even_before_the_mail_is_known(door: Door) -> None:
    report = json.loads((ROOT / "tests/events/ses-bounce-by-notification.json").read_text())
    assert door.post(signed(notification(report))).status_code == 503
    door.world.mail.results = [Sent(report["mail"]["messageId"])]
    approval_id = door.world.gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").approval_id
    door.world.deliver_all()
    assert door.post(signed(notification(report))).status_code == 204
    door.world.sweep_all()
    assert door.world.gateway.approval(approval_id).status == "cancelled"


def test_without_an_allowed_topic_the_door_is_closed(door: Door) -> None:
    client = create_app(door.world.gateway).test_client()
    response = client.post("/sns", json=signed(notification(PAYLOAD)))
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert client.get("/sns").status_code == 405
