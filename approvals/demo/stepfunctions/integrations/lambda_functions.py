"""lambda:invoke for Python functions of this process, registered by name; moto needs Docker for it.

Input, output and errors have Lambda's format: JSON, with errorType and errorMessage for an exception.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from approvals.demo.stepfunctions.patching import replace

Handler = Callable[[Any, Any], Any]

functions: dict[str, Handler] = {}

_invoke_lambda_function = lambda_eval_utils._invoke_lambda_function  # noqa: SLF001 - its only seam


def function_name(name_or_arn: str) -> str:
    """Return the function name of `name`, `name:qualifier` or an ARN with or without qualifier."""
    parts = name_or_arn.split(":")
    return parts[6] if parts[0] == "arn" else parts[0]


def invoke_function(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
    handler = functions.get(function_name(parameters["FunctionName"]))
    if handler is None:
        answer: dict[str, Any] = _invoke_lambda_function(
            parameters=parameters, region=region, state_credentials=state_credentials
        )
        return answer
    answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    try:
        returned = handler(json.loads(parameters.get("Payload") or "{}"), None)
        return answer | {"Payload": json.loads(json.dumps(returned))}
    except Exception as error:  # noqa: BLE001 - any exception of the function is its response
        failure = {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []}
        return answer | {"FunctionError": "Unhandled", "Payload": failure}


def apply() -> None:
    replace(lambda_eval_utils, _invoke_lambda_function=invoke_function)
