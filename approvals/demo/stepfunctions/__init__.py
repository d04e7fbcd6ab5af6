"""Makes moto's Step Functions interpreter answer as AWS does, as far as approvals can tell the difference.

Each module here repairs one difference and says which. Written against moto 5.2; the pin in pyproject.toml is exact
about it, since every repair reaches into the interpreter.
"""


def apply(*, activity_poll_seconds: float = 60.0) -> None:
    """Repair the interpreter of this process. Call it before the first execution; calling it again does no harm."""
    # Importing the interpreter takes a second: whoever only imports this package does not wait for it.
    from approvals.demo.stepfunctions import (
        activities,
        clients,
        completion,
        error_names,
        frames,
        functions,
        integrations,
        jsonata,
        responses,
        stopping,
        tokens,
    )

    for repaired in (frames, tokens, completion, error_names, stopping, responses, integrations, functions):
        repaired.apply()
    clients.apply()
    jsonata.apply()
    activities.apply(poll_seconds=activity_poll_seconds)
