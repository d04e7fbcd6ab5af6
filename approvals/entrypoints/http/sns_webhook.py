"""SNS over HTTPS: confirm subscriptions of allowed topics, and accept their signed messages.

SNS does not retry after a 4xx and retries after a 5xx, so a 5xx is returned only for temporary errors.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from approvals.adapters.aws.https_fetch import Unreachable
from approvals.adapters.aws.sns_signature import Forged
from approvals.domain.json_reader import read_json
from approvals.domain.model.payload_adapter import Source
from approvals.domain.problems import Invalid
from approvals.entrypoints.http.problems import problem
from approvals.entrypoints.intake.batch import take_payload
from approvals.flows.gateway import Gateway

PATH = "/sns"

log = logging.getLogger(__name__)


class Signatures(Protocol):
    """Verifies messages of SNS. Both methods raise Forged or Unreachable."""

    def check(self, message: Mapping[str, Any]) -> None: ...
    def confirm(self, message: Mapping[str, Any]) -> None: ...


def blueprint(gateway: Gateway, *, topics: Sequence[str] = (), signatures: Signatures | None = None) -> Blueprint:
    """Return the blueprint, which answers 404 if no topic is allowed."""
    sns = Blueprint("sns", __name__)

    def take() -> Response:
        if not topics or signatures is None:
            raise NotFound
        message = read_json(request.get_data())
        if not isinstance(message, dict) or not isinstance(message.get("TopicArn"), str):
            raise Invalid.at("", "must be a message of SNS, sent without raw delivery")
        if message["TopicArn"] not in topics:
            return _refused("the topic is not among APPROVALS_SNS_TOPICS")
        try:
            signatures.check(message)
            return _taken(message, gateway, signatures)
        except Forged as error:
            return _refused(str(error))
        except Unreachable as error:
            return problem(503, kind="sns-unreachable", title="SNS cannot be reached at the moment", detail=str(error))

    vars(take)["authentication"] = "sns-signature"
    sns.add_url_rule(PATH, "take", take, methods=["POST"])
    return sns


def _taken(message: Mapping[str, Any], gateway: Gateway, signatures: Signatures) -> Response:
    topic = message["TopicArn"]
    match message["Type"]:
        case "SubscriptionConfirmation":
            signatures.confirm(message)
            log.info("subscribed to %s", topic, extra={"event": "sns.subscribed", "topic": topic})
        case "UnsubscribeConfirmation":
            log.warning("unsubscribed from %s", topic, extra={"event": "sns.unsubscribed", "topic": topic})
        case _:
            return _notified(message, gateway)
    return Response(status=204)


def _notified(message: Mapping[str, Any], gateway: Gateway) -> Response:
    source = Source(door="sns", name=message["TopicArn"].rpartition(":")[2])
    match take_payload(message, gateway, source=source, message_id=message["MessageId"]):
        case "done":
            return Response(status=204)
        case "later":
            return problem(503, kind="sns-later", title="The message could not be handled now; send it again")
    return problem(
        422, kind="invalid", title="The message is not valid", detail="The message has no readable task token."
    )


def _refused(reason: str) -> Response:
    log.warning("refused a message of SNS: %s", reason, extra={"event": "sns.refused"})
    return problem(403, kind="sns-refused", title="This message is not accepted", detail=reason)
