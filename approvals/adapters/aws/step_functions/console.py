"""Write callbacks to the terminal instead of calling Step Functions: for a first look without AWS."""

from collections.abc import Callable

from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Target

RULE = "─" * 72


class ConsoleCallbacks:
    """Prints what a workflow would get, without its task token. Every callback counts as delivered."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:  # noqa: ARG002  the port's shape
        if callback.error is None:
            call = f"SendTaskSuccess\n\n{callback.output}"
        else:
            call = f"SendTaskFailure\n\nerror: {callback.error}\ncause: {callback.cause}"
        self._write(f"{RULE}\nFor the workflow of approval {target.approval_id}: {call}\n{RULE}")
        return Sent(receipt="console")

    def heartbeat(self, *, token: str, target: Target) -> Result:  # noqa: ARG002
        return Sent(receipt="console")

    def happened(self, callback: Callback, *, target: Target) -> bool | None:  # noqa: ARG002
        """Return None: there is no history to look into."""
        return None
