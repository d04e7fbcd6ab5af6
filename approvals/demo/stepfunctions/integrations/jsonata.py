"""JSONata expressions, for which moto has everything but an engine: its bridge to a Java library is cut off."""

from typing import Any

import jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata as interpreter

from approvals.demo.stepfunctions.patching import replace


def evaluate(expression: str) -> Any:
    try:
        return jsonata.Jsonata(expression).evaluate(None)
    except Exception as error:  # the engine has errors of many kinds; the interpreter fails the state for this one
        raise interpreter.JSONataException("UNKNOWN", str(error)) from error


def apply() -> None:
    replace(interpreter, _eval_jsonata=evaluate)
