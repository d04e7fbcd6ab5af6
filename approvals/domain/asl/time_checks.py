"""Lint the time-outs of a state: when it gives up, when it needs heartbeats, and whether the gateway knows."""

from collections.abc import Iterator

from approvals.domain.asl.finding import Finding, GatewayTask

LEAST_HEARTBEAT = 10


def time_findings(asking: GatewayTask, sweep_seconds: int) -> Iterator[Finding]:
    yield from _time_out(asking)
    yield from _heartbeat(asking, sweep_seconds)
    if asking.is_readable:
        yield from _deadline(asking)
        yield from _beat(asking)


def _time_out(asking: GatewayTask) -> Iterator[Finding]:
    state = asking.task.state
    if "TimeoutSeconds" not in state and "TimeoutSecondsPath" not in state:
        yield asking.warning(
            "no-timeout",
            "without TimeoutSeconds the state waits for up to a year when a message is lost",
            'add "TimeoutSeconds", and the same as timeoutSeconds to the payload',
        )


def _heartbeat(asking: GatewayTask, sweep_seconds: int) -> Iterator[Finding]:
    heartbeat, timeout = asking.number("HeartbeatSeconds"), asking.number("TimeoutSeconds")
    least = max(LEAST_HEARTBEAT, 3 * sweep_seconds)
    if heartbeat is not None and timeout is not None and heartbeat >= timeout:
        yield asking.error(
            "heartbeat-after-timeout",
            f"HeartbeatSeconds {heartbeat} is not less than TimeoutSeconds {timeout}",
            "make it a fraction of the time-out, or leave it out",
            at=(*asking.path, "HeartbeatSeconds"),
        )
    if heartbeat is not None and heartbeat < least:
        yield asking.error(
            "heartbeat-too-short",
            f"the gateway cannot reliably send a heartbeat within {heartbeat} s",
            f"use at least {least} s",
            at=(*asking.path, "HeartbeatSeconds"),
        )


def _deadline(asking: GatewayTask) -> Iterator[Finding]:
    """Require that the gateway knows the time-out: only then it answers before the state gives up."""
    own, (key, told) = asking.expression("TimeoutSeconds"), asking.fields.get("timeoutSeconds", ("", None))
    place = (*asking.task.payload[0], *([key] if key else []))
    if own is None or own == told:
        return
    if told is None:
        yield asking.warning(
            "no-deadline",
            "the gateway does not know when the state times out, and may ask people for too long",
            f"add timeoutSeconds to the payload, with the same value ({own})",
            at=place,
        )
    elif isinstance(own, int) and isinstance(told, int) and told > own:
        yield asking.error(
            "deadline-after-state",
            f"timeoutSeconds {told} is later than the state's own TimeoutSeconds {own}",
            f"send timeoutSeconds {own}",
            at=place,
        )


def _beat(asking: GatewayTask) -> Iterator[Finding]:
    own, (key, told) = asking.expression("HeartbeatSeconds"), asking.fields.get("heartbeatSeconds", ("", None))
    place = (*asking.task.payload[0], *([key] if key else []))
    if own == told:
        return
    if told is None:
        yield asking.error(
            "heartbeat-untold",
            "the gateway does not know HeartbeatSeconds, and sends heartbeats too rarely to keep the state",
            f"add heartbeatSeconds to the payload, with the same value ({own})",
            at=place,
        )
    elif isinstance(told, int) and (own is None or isinstance(own, int)):
        late = own is not None and told > own
        say = asking.error if late else asking.warning
        says = f"heartbeatSeconds {told} differs from the state's own HeartbeatSeconds ({own or 'none'})"
        yield say("heartbeat-differs", says, f"send {own}" if own else "leave it out", at=place)
