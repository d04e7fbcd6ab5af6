"""The Lambda handlers http, intake, tick and migrate. Each is created when the runtime looks it up, in the INIT phase,
and imports only its own dependencies."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

Handler = Callable[[Any, Any], Any]
HANDLERS = ("http", "intake", "tick", "migrate")


def __getattr__(name: str) -> Handler:
    if name not in HANDLERS:
        raise AttributeError(f"{__name__} has no handler {name!r}; it has {', '.join(HANDLERS)}")
    handler: Handler = import_module(f"approvals.entrypoints.aws_lambda.{name}").make()
    globals()[name] = handler
    return handler
