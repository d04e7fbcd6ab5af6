"""The Lambda handlers http, intake, tick and migrate, and doctor_FUNCTION for each role.

Each is created when the runtime looks it up, in the INIT phase, and imports only its own dependencies.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

Handler = Callable[[Any, Any], Any]
HANDLERS = ("http", "intake", "tick", "migrate", "doctor_http", "doctor_intake", "doctor_tick")


def __getattr__(name: str) -> Handler:
    if name not in HANDLERS:
        raise AttributeError(f"{__name__} has no handler {name!r}; it has {', '.join(HANDLERS)}")
    module, _, of = name.partition("_")
    handler: Handler = import_module(f"approvals.entrypoints.aws_lambda.{module}").make(**({"of": of} if of else {}))
    globals()[name] = handler
    return handler
