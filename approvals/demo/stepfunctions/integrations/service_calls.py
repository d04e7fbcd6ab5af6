"""The task integrations apigateway:invoke and states:startExecution, which fail in moto before they send a request.

Moto's code for the first expects a parameter under another name and omits the environment of its errors; for the second
it sends field names in the wrong case. Requests and errors follow the developer guide, "Call API Gateway".
"""

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_api_gateway import (
    SfnGatewayException,
    StateTaskServiceApiGateway,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)

from approvals.demo.stepfunctions.patching import replace

INTEGRATION_SECONDS = 29  # API Gateway's own limit for an integration
INVOKE_FIELDS = {
    "AllowNullValues",
    "ApiEndpoint",
    "AuthType",
    "Headers",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
    "Stage",
}


def supported_invoke_fields(self: StateTaskServiceApiGateway) -> set[str] | None:
    return INVOKE_FIELDS if self.resource.api_action.lower() == "invoke" else None


def invoke_api(
    self: StateTaskServiceApiGateway,
    env: Any,
    resource_runtime_part: Any,  # noqa: ARG001 - the interpreter passes them by name
    normalised_parameters: dict[str, Any],
    state_credentials: Any,  # noqa: ARG001
) -> None:
    parameters: Any = dict(normalised_parameters)
    parameters["Headers"] = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in (parameters.get("Headers") or {}).items()
    }
    with requests.Session() as session:
        session.trust_env = False  # the endpoint is on this machine: no proxy, no .netrc
        response = session.request(
            parameters["Method"],
            invoke_url(parameters),
            headers=self._headers_of(parameters),
            json=parameters.get("RequestBody"),
            timeout=INTEGRATION_SECONDS,
        )
    if not response.ok:
        raise SfnGatewayException(parameters=parameters, response=response)
    env.stack.append(invoke_output(response))


def invoke_url(parameters: dict[str, Any]) -> str:
    endpoint = parameters["ApiEndpoint"]
    if "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    path = "/".join(part.strip("/") for part in (parameters.get("Stage"), parameters.get("Path")) if part)
    query = urlencode(parameters.get("QueryParameters") or {}, doseq=True)
    return f"{endpoint.rstrip('/')}/{path}" + (f"?{query}" if query else "")


def invoke_output(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = response.text
    return {
        "Headers": {name: [value] for name, value in response.headers.items()},
        "ResponseBody": body,
        "StatusCode": response.status_code,
        "StatusText": HTTPStatus(response.status_code).phrase,
    }


def name_api_error(self: StateTaskServiceApiGateway, env: Any, ex: Exception) -> FailureEvent:
    if isinstance(ex, SfnGatewayException):
        error, cause = f"ApiGateway.{ex.response.status_code}", ex.response.text
    elif isinstance(ex, requests.RequestException):
        error, cause = "ApiGateway.SdkClientException", str(ex)
    else:
        return super(StateTaskServiceApiGateway, self)._from_error(env=env, ex=ex)
    details: Any = {
        "taskFailedEventDetails": {
            "error": error,
            "cause": cause,
            "resource": self._get_sfn_resource(),
            "resourceType": self._get_sfn_resource_type(),
        }
    }
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.TaskFailed,
        event_details=details,
    )


def spell_execution_parameters(
    self: StateTaskServiceSfn,  # noqa: ARG001
    parameters: dict[str, Any],
    boto_service_name: str | None = None,  # noqa: ARG001
    service_action_name: str | None = None,  # noqa: ARG001
) -> None:
    """Convert parameter names to the API's case: StateMachineArn becomes stateMachineArn."""
    for name in list(parameters):
        value = parameters.pop(name)
        parameters[name[0].lower() + name[1:]] = value if isinstance(value, str) else json.dumps(value)


def spell_execution_response(
    self: StateTaskServiceSfn,  # noqa: ARG001
    response: dict[str, Any],
    boto_service_name: str | None = None,  # noqa: ARG001
    service_action_name: str | None = None,  # noqa: ARG001
) -> None:
    """Convert response names to the state machine's case, and dates to milliseconds, as the output is JSON."""
    for name in list(response):
        value = response.pop(name)
        moment = isinstance(value, datetime)
        response[name[0].upper() + name[1:]] = int(value.timestamp() * 1000) if moment else value


def apply() -> None:
    replace(
        StateTaskServiceApiGateway,
        _get_supported_parameters=supported_invoke_fields,
        _eval_service_task=invoke_api,
        _from_error=name_api_error,
    )
    replace(
        StateTaskServiceSfn,
        _normalise_parameters=spell_execution_parameters,
        _normalise_response=spell_execution_response,
    )
