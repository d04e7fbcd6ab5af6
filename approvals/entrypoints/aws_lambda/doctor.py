"""The Lambdas that examine a deployment: one with the role of each function, since permissions are those of roles.

Everything is imported at the first invocation, which nobody waits for.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from approvals.settings.environment import Settings, environment

Function = Literal["http", "intake", "tick"]


def make(environ: Mapping[str, str] | None = None, *, of: Function) -> Callable[[Any, Any], Any]:
    """Return a handler that examines what this function needs, and answers with the lines."""
    found = environment() if environ is None else environ

    def doctor(_event: Any, _context: Any) -> Any:
        import msgspec

        from approvals import wiring
        from approvals.adapters.aws.clients import Clients
        from approvals.adapters.aws.secrets import Secrets
        from approvals.entrypoints.doctor.examination import examine

        clients = Clients()
        settings = Settings.from_env(found, fetch=Secrets(clients).text)
        lines = list(examine(settings, clock=wiring.system_clock, clients=clients, with_aws=True, of=of))
        return {"failed": any(line.state == "fail" for line in lines), "lines": msgspec.to_builtins(lines)}

    return doctor
