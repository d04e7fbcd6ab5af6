"""A fuzzer that believes the OpenAPI document finds nothing wrong, on both databases.

`make fuzz` tries 300 examples of each operation, and prints how many answers there were. Other runs try fewer.
"""

import sys
from collections import Counter

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from approvals.entrypoints.api.operations import OPERATIONS
from tests.entrypoints.api.api_client import Api
from tests.support.session.profiles import FUZZ

BRIEFLY = {"max-time": 15, "generation": {"max-examples": 60, "database": "none"}}
THOROUGHLY = {"generation": {"max-examples": FUZZ, "database": "none"}}


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


@pytest.mark.filterwarnings("ignore")  # the fuzzer's own
def test_a_fuzzer_that_believes_the_document_finds_nothing_wrong(api: Api) -> None:
    """All checks of schemathesis but the one for missing keys, whose probe cannot call WSGI; TestWhoMay replaces it.

    What fits the document may still break a rule of the domain, so that 422 is an answer to good data, too.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": "Bearer apk_admin"},
            "continue-on-failure": True,
            "checks": {
                "ignored_auth": {"enabled": False},
                "positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "409", "422"]},
            },
            **(THOROUGHLY if settings.default.max_examples == FUZZ else BRIEFLY),
        }
    )
    schema = schemathesis.openapi.from_wsgi("/openapi.json", api.app, config=config)
    answers: Counter[str] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            answers.update(statuses(event))
            wrong += failures(event)
    sys.stdout.write(f"{api.world.database.engine.name}: {len(OPERATIONS)} operations, {summary(answers)}\n")
    assert wrong == []
    assert answers.total() > 100, "so many are there in this time even where eight others want the processor, too"


def statuses(event: events.ScenarioFinished) -> list[str]:
    """The class of each answer: 2xx, 4xx, …"""
    found = (interaction.response for interaction in event.recorder.interactions.values())
    return [f"{response.status_code // 100}xx" for response in found if response is not None]


def summary(answers: Counter[str]) -> str:
    counts = ", ".join(f"{answers[status]} × {status}" for status in ("2xx", "4xx", "5xx"))
    return f"{answers.total()} answers: {counts}"


def failures(event: events.ScenarioFinished) -> list[str]:
    """What a check found, with what was sent."""
    return [
        f"{check.name}: {check.failure_info.failure.title}: {check.failure_info.failure.message}"
        f" ({event.recorder.interactions[case].request.method} {event.recorder.interactions[case].request.uri}"
        f" {event.recorder.interactions[case].request.body!r})"
        for case, checks in event.recorder.checks.items()
        for check in checks
        if check.failure_info
    ]
