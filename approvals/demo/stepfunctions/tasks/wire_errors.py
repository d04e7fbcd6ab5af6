"""Errors of the callback API that moto lacks or words differently, with the messages that AWS sends."""

from moto.core.exceptions import AWSError


class TaskTimedOut(AWSError):
    """The task is closed: completed, timed out, stopped, or abandoned; AWS reports all of these alike."""

    TYPE = "TaskTimedOut"

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


class InvalidToken(AWSError):
    TYPE = "InvalidToken"

    def __init__(self) -> None:
        super().__init__("Invalid Token: 'Invalid token'")


class InvalidOutput(AWSError):
    TYPE = "InvalidOutput"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Output: '{reason}'")


class ValueTooLong(AWSError):
    TYPE = "ValidationException"

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )
