"""Patches for moto's Step Functions interpreter, so that it behaves as AWS does where approvals depend on it.

Each module patches one difference and documents it. The patches use the interpreter's internals, so they fit the moto
they were written for, 5.2; a moto that renamed one of them is rejected.
"""

import logging


def apply(*, activity_poll_seconds: float = 60.0) -> None:
    """Patch the interpreter of this process. Call it before the first execution; it is idempotent."""
    # importing the interpreter takes a second, which importing this package should not
    from approvals.demo.stepfunctions.executions import context_object, responses, stopping
    from approvals.demo.stepfunctions.integrations import clients, jsonata, lambda_functions, service_calls
    from approvals.demo.stepfunctions.tasks import activities, attempt_frames, completion, error_names, task_tokens

    for patch in (
        attempt_frames, task_tokens, completion, error_names, stopping, responses, service_calls, lambda_functions,
    ):  # fmt: skip
        patch.apply()
    clients.apply()
    context_object.apply()
    jsonata.apply()
    activities.apply(poll_seconds=activity_poll_seconds)
    # moto logs each failed state as an error with its syntax tree; workflows here fail on purpose
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
