"""lambda:invoke runs Python functions of this process, registered by name; moto runs them in Docker or not at all.

What a handler gets and what its failure looks like is as in Lambda: JSON in, JSON out, errorType and errorMessage.
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
    """The bare name in `name`, `name:qualifier`, and either form of ARN."""
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
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its answer
        failure = {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []}
        return answer | {"FunctionError": "Unhandled", "Payload": failure}


def apply() -> None:
    replace(lambda_eval_utils, _invoke_lambda_function=invoke_function)
