"""Callbacks to Step Functions. One call is one HTTP request, without retries, behind a circuit breaker.

The result is delivered, given up, or try again; the last one also tells whether the request may have arrived. No reason
contains the task token, or text of the response that might.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.circuit_breaker import CircuitBreaker, CircuitOpen
from approvals.adapters.aws.step_functions.execution_history import holds
from approvals.adapters.aws.step_functions.results import (
    did_not_respond,
    not_assumed,
    not_now,
    refusal,
    unanswered,
    unread,
)
from approvals.adapters.aws.step_functions.signed_calls import AnotherServer, SignedCalls
from approvals.domain.arns import location_of
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.records import Target

SETTLING_IN = timedelta(seconds=60)
"""A callback can arrive before its state begins to wait: for this long an unknown token is retried."""
HISTORY_PAGES, HISTORY_PAGE = 10, 200
HISTORY_PATIENCE = timedelta(seconds=3)
"""After this time no further page is read, so that the callback and the look-up fit into one lease."""


class _ClientKey(NamedTuple):
    region: str | None
    account: str | None
    role: str | None

    def __str__(self) -> str:
        return f"Step Functions in {self.region}" + (f", account {self.account}," if self.account else "")


class StepFunctions:
    """Sends callbacks to the Region of the execution's ARN, with the role configured for its account, if any."""

    def __init__(
        self, clients: Clients, *, clock: Callable[[], datetime], region: str | None = None,
        roles: Mapping[str, str] | None = None, endpoint_url: str | None = None,
    ) -> None:  # fmt: skip
        self._clients, self._clock, self._endpoint_url = clients, clock, endpoint_url
        self._region, self._roles = region, dict(roles or {})
        self._breakers: dict[_ClientKey, CircuitBreaker] = {}
        self._signed: dict[tuple[str | None, str | None], SignedCalls] = {}

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:
        """Call SendTaskSuccess or SendTaskFailure once. A closed token is GivenUp(closed=True)."""
        if callback.output is not None:
            return self._call("SendTaskSuccess", target, taskToken=token, output=callback.output)
        said = {"error": callback.error, "cause": callback.cause}
        return self._call("SendTaskFailure", target, taskToken=token, **{k: v for k, v in said.items() if v})

    def heartbeat(self, *, token: str, target: Target) -> Result:
        """Call SendTaskHeartbeat once. Only the end of the state is final; every other refusal may be temporary."""
        result = self._call("SendTaskHeartbeat", target, taskToken=token)
        if isinstance(result, GivenUp) and not result.closed:
            return TryAgain(result.reason, kind=result.kind)
        return result

    def happened(self, callback: Callback, *, target: Target) -> bool | TryAgain | None:
        """Return whether the execution's history contains this callback; None if it cannot be read.

        TryAgain if it cannot be read just now.
        """
        if target.execution_arn is None:
            return None
        try:
            return self._holds(target.execution_arn, callback)
        except CircuitOpen as error:
            return not_now("Step Functions does not respond", after=error.after)
        except ClientError as error:
            return unread(error)
        except (BotoCoreError, ResponseParserError) as error:
            return not_now(type(error).__name__) if did_not_respond(error) else None

    def _holds(self, execution_arn: str, callback: Callback) -> bool | None:
        for event in self._history(execution_arn, self._client_key(execution_arn)):
            if event is None:
                return None
            if holds(event, callback):
                return True
        return False

    def _call(self, operation: str, target: Target, **parameters: str) -> Result:
        client_key = self._client_key(target.execution_arn)
        try:
            with self._breaker(client_key).call():
                return Sent(receipt=self._signed_calls(client_key).call(operation, **parameters))
        except CircuitOpen as error:
            reason = f"{client_key} does not respond; it is tried again soon"
            return TryAgain(reason, after=error.after, tried=False, kind="unreachable")
        except ClientError as error:
            return self._refused(error, operation, client_key, target)
        except (BotoCoreError, ResponseParserError) as error:
            return unanswered(error)

    def _refused(self, error: ClientError, operation: str, client_key: _ClientKey, target: Target) -> Result:
        if error.operation_name == "AssumeRole":
            return not_assumed(error, client_key.role)
        young = self._clock() - target.created_at < SETTLING_IN
        return refusal(error, permission=f"states:{operation}", region=client_key.region, young=young)

    def _client_key(self, execution_arn: str | None) -> _ClientKey:
        found = location_of(execution_arn)
        if found is None:
            return _ClientKey(self._region, None, None)
        return _ClientKey(found.region, found.account, self._roles.get(found.account))

    def _breaker(self, client_key: _ClientKey) -> CircuitBreaker:
        found = self._breakers.get(client_key)
        if found is None:  # setdefault is atomic: all threads get the same one
            made = CircuitBreaker(str(client_key), clock=self._clock, failed=did_not_respond)
            found = self._breakers.setdefault(client_key, made)
        return found

    def _signed_calls(self, client_key: _ClientKey) -> SignedCalls:
        region, role = client_key.region, client_key.role
        found = self._signed.get((region, role))
        if found is None:
            client, credentials = self._client(client_key), self._clients.credentials(region=region, role=role)
            made = SignedCalls(client, credentials=credentials, http=self._clients.http_session(client))
            found = self._signed.setdefault((region, role), made)
        return found

    def _client(self, client_key: _ClientKey) -> Any:
        return self._clients.get(
            "stepfunctions", region=client_key.region, role=client_key.role, endpoint_url=self._endpoint_url
        )

    def _history(self, arn: str, client_key: _ClientKey) -> Iterator[dict[str, Any] | None]:
        """Yield the events, latest first; None at the end means that the history is longer than the limit."""
        page: dict[str, Any] = {}
        began = self._clock()
        for _ in range(HISTORY_PAGES):
            if self._clock() - began > HISTORY_PATIENCE:
                break
            more = {"nextToken": page["nextToken"]} if page else {}
            page = self._history_page(client_key, executionArn=arn, **more)
            yield from page["events"]
            if not page.get("nextToken"):
                return
        yield None

    def _history_page(self, client_key: _ClientKey, **parameters: str) -> dict[str, Any]:
        """Return a page of the history. Raises CircuitOpen, or the errors of botocore."""
        with self._breaker(client_key).call():
            page: dict[str, Any] = self._client(client_key).get_execution_history(
                reverseOrder=True, maxResults=HISTORY_PAGE, **parameters
            )
            if not page["ResponseMetadata"].get("RequestId"):  # botocore accepts any 200, even a proxy's page
                raise AnotherServer
        return page
