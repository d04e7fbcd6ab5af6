"""JSONata expressions. Moto lacks an engine for them, as its bridge to a Java library is not included."""

from typing import Any

import jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata as interpreter

from approvals.demo.stepfunctions.patching import replace


def evaluate(expression: str) -> Any:
    try:
        return jsonata.Jsonata(expression).evaluate(None)
    except Exception as error:  # the engine raises many types; the interpreter handles this one
        raise interpreter.JSONataException("UNKNOWN", str(error)) from error


def apply() -> None:
    replace(interpreter, _eval_jsonata=evaluate)
