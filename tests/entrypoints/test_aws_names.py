"""Names that AWS allows: each comes in by every entry point, and is found and shown as AWS gave it."""

import json
import re
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from approvals.domain.arns import state_machine_of
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.domain.rules.rule_context import machine_of
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.intake.batch import QueueMessage, take
from approvals.entrypoints.intake.submission_reader import submission
from approvals.presentation.names import execution_name, workflow_name
from approvals.presentation.text import plain
from tests.entrypoints.api.api_client import Api
from tests.entrypoints.cli.commands import ran
from tests.entrypoints.pages.review_page import link, words
from tests.fakes import World
from tests.support.aws.events import eventbridge, sns, status_change

REFUSED = '<>{}[]?*"#%\\^|~`$&,;:/'
"""AWS refuses these in the names of executions and state machines, and white space and control characters."""
NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters=REFUSED),
    min_size=1, max_size=80,
)  # fmt: skip
STATES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=80)
PARTITIONS = st.sampled_from([("aws", "eu-central-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
QUEUE = Source(door="sqs", name="approvals")
MANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Run(NamedTuple):
    """An execution as AWS describes it."""

    machine: str
    execution: str
    context: dict[str, Any]


def run(
    place: tuple[str, str], machine: str, name: str, *, label: str = "", alias: str = "", state: str = "Ask"
) -> Run:
    prefix = f"arn:{place[0]}:states:{place[1]}:123456789012"
    arn, execution = f"{prefix}:stateMachine:{machine}", f"{prefix}:execution:{machine}{label}:{name}"
    return Run(arn, execution, {
        "Execution": {"Id": execution, "Name": name, "StartTime": "2026-03-02T09:29:59.123456789Z"},
        "State": {"Name": state, "EnteredTime": "2026-03-02T09:30:00.000Z", "RetryCount": 0},
        "StateMachine": {"Id": f"{arn}{alias}", "Name": machine},
    })  # fmt: skip


RUNS = st.builds(
    run, PARTITIONS, NAMES, NAMES, label=st.sampled_from(["", "/Map-1"]), alias=st.sampled_from(["", ":live", ":7"]),
    state=STATES,
)  # fmt: skip
UMLAUTS = run(("aws", "eu-central-1"), "rückerstattung", "Müller-42", state="Größe prüfen")


def payload(one: Run, token: str) -> dict[str, Any]:
    return {"taskToken": token, "title": "Refund", "reviewers": ["ana@example.com"], "context": one.context}


def taken(world: World, body: Any) -> bool:
    return bool(take([QueueMessage("1", json.dumps(body), "receipt")], world.gateway, source=QUEUE))


@given(one=RUNS)
@example(one=UMLAUTS)
@MANY
def test_any_name_comes_in_by_every_entry_point_and_is_found_by_the_api(world: World, api: Api, one: Run) -> None:
    def sent(way: str) -> dict[str, Any]:
        return payload(one, f"{way} {world.new_id()}")

    assert taken(world, sent("sqs"))
    assert taken(world, sns(json.dumps(sent("sns"))))
    assert taken(world, eventbridge(sent("events")))
    assert api.call("POST", "/v1/approvals", scope="submit", json=sent("api")).status_code == 201
    listed = api.call(
        "GET", "/v1/approvals", scope="read", query_string={"execution": one.execution, "status": "pending"}
    )
    items = listed.json["items"]  # type: ignore[index]
    assert len(items) == 4
    assert {(item["execution"]["id"], item["state"]["name"]) for item in items} == {
        (one.execution, one.context["State"]["Name"])
    }
    assert taken(world, status_change("ABORTED", executionArn=one.execution, name=one.context["Execution"]["Name"]))
    world.callbacks.results[:] = [GivenUp("the state no longer waits", closed=True)] * 4
    world.deliver_all()
    assert world.gateway.find(Filter(execution=one.execution, status="pending")) == []


@given(one=RUNS)
@example(one=UMLAUTS)
@MANY
def test_any_name_is_shown_on_the_page_with_a_link_to_the_console(world: World, client: FlaskClient, one: Run) -> None:
    approval_id = world.gateway.submit(submission(payload(one, world.new_id())), caller="tests").approval_id
    page = client.get(link(world, approval_id))
    shown = "".join(words(page).split())
    for name in (one.context["Execution"]["Name"], one.context["StateMachine"]["Name"], one.context["State"]["Name"]):
        assert "".join(plain(name).split()) in shown
    [href] = re.findall(r'href="(https://[^"]*/states/home[^"]*)"', page.text)
    assert href.isascii()
    assert unquote(urlsplit(unescape(href)).fragment) == f"/v2/executions/details/{one.execution}"


@given(one=RUNS)
@example(one=UMLAUTS)
@MANY
def test_the_state_machine_is_known_by_its_execution_alias_version_and_map_run(one: Run) -> None:
    read = submission(payload(one, "token"))
    bare = submission({**payload(one, "token"), "context": {"Execution": {"Id": one.execution}}})
    prefix, _, name = one.machine.rpartition(":stateMachine:")
    assert machine_of(read) == machine_of(bare) == one.machine
    assert workflow_name(read) == workflow_name(bare) == name
    assert execution_name(read) == execution_name(bare)
    for kind in (f"express:{name}:run:uuid", f"mapRun:{name}/Map-1:uuid", f"execution:{name}/Map-1:uuid"):
        assert state_machine_of({"input": f"{prefix}:{kind}"}) == one.machine


@pytest.mark.parametrize("name", ["Müller-42", "O'Brien(2)", "注文42", "ñ@+=!._-"])
def test_the_command_shows_the_name(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    one = run(("aws", "eu-central-1"), "rückerstattung", name)
    approval_id = world.gateway.submit(submission(payload(one, "token")), caller="tests").approval_id
    monkeypatch.setattr(cli_approvals, "gateway", lambda: world.gateway)
    assert json.loads(ran("show", approval_id, capsys=capsys).stdout)["execution"]["id"] == one.execution
