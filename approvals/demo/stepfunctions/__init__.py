"""Makes moto's Step Functions interpreter answer as AWS does, as far as approvals can tell the difference.

Each module here repairs one difference and says which. Every repair reaches into the interpreter, so it holds for the
moto it was written against, 5.2, and a moto that renamed something is refused.
"""

import logging


def apply(*, activity_poll_seconds: float = 60.0) -> None:
    """Repair the interpreter of this process. Call it before the first execution; calling it again does no harm."""
    # Importing the interpreter takes a second: whoever only imports this package does not wait for it.
    from approvals.demo.stepfunctions.executions import context_object, responses, stopping
    from approvals.demo.stepfunctions.integrations import clients, jsonata
    from approvals.demo.stepfunctions.integrations import lambda_functions as functions
    from approvals.demo.stepfunctions.integrations import service_calls as integrations
    from approvals.demo.stepfunctions.tasks import activities, completion, error_names
    from approvals.demo.stepfunctions.tasks import attempt_frames as frames
    from approvals.demo.stepfunctions.tasks import task_tokens as tokens

    for repaired in (frames, tokens, completion, error_names, stopping, responses, integrations, functions):
        repaired.apply()
    clients.apply()
    context_object.apply()
    jsonata.apply()
    activities.apply(poll_seconds=activity_poll_seconds)
    # Moto logs each failed state as an error, with its syntax tree. Here workflows fail on purpose and say so.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
