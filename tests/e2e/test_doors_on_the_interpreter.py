"""Each door from state to outcome: the snippets of examples/snippets run on the interpreter, and a person approves."""

import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from approvals.adapters.aws.activity import ActivityQueue
from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.entrypoints.api import auth as callers
from approvals.entrypoints.app import create_app
from approvals.entrypoints.aws_lambda.intake import answered
from approvals.entrypoints.cli.main import main
from approvals.entrypoints.intake.batch import QueueMessage, take_from
from approvals.entrypoints.server.gunicorn import make_worker
from approvals.entrypoints.server.local_setup import new_sealing_key
from approvals.entrypoints.server.worker import Bell
from approvals.settings.environment import Settings
from tests.e2e.whole import Whole
from tests.entrypoints.api.api_client import KEYS
from tests.support.aws.events import ROLE as CALLER
from tests.support.aws.events import authorized, status_change
from tests.support.aws.state_machines import ROLE, eventually
from tests.support.wheel import ROOT

SNIPPETS = ROOT / "examples" / "snippets"
LANGUAGES = ("jsonpath", "jsonata")
ORDER = {"order": '12"34', "amount": 420}
Change = Callable[[dict[str, Any]], None]


class Doors:
    """What the snippets are sent through, made on the local AWS as a deployment makes it."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.aws = whole, whole.aws

    def queue_arn(self) -> str:
        asked = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.whole.machines.queue_url, AttributeNames=["QueueArn"]
        )  # fmt: skip
        return str(asked["Attributes"]["QueueArn"])

    def topic(self) -> str:
        """A topic that the queue is subscribed to."""
        sns = self.aws.client("sns")
        arn = sns.create_topic(Name="asks")["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=self.queue_arn())
        return str(arn)

    def bus(self) -> str:
        """A bus with a rule that targets the queue."""
        events = self.aws.client("events")
        events.create_event_bus(Name="approvals")
        pattern = json.dumps({"detail-type": ["Approval wanted"]})
        events.put_rule(Name="asks", EventBusName="approvals", EventPattern=pattern)
        events.put_targets(Rule="asks", EventBusName="approvals", Targets=[{"Id": "1", "Arn": self.queue_arn()}])
        return "approvals"

    def function(self) -> str:
        self.aws.function("approvals-intake", lambda event, _context: answered(event, self.whole.gateway))
        return "approvals-intake"

    def start(self, snippet: str, *, change: Change = lambda _ask: None, **names: str) -> str:
        """An execution of the snippet with these names in place of its ${…}. Gives its ARN."""
        text = (SNIPPETS / f"{snippet}.asl.json").read_text(encoding="utf-8")
        machine = json.loads(re.sub(r"\$\{(\w+)\}", lambda found: names[found[1]], text))
        change(machine["States"]["Ask"])
        sfn = self.whole.machines.sfn
        made = sfn.create_state_machine(name="snippet", definition=json.dumps(machine), roleArn=ROLE)
        started = sfn.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(ORDER))
        return str(started["executionArn"])

    def pending(self) -> Approval | None:
        return next(iter(self.whole.gateway.find(Filter(status="pending"))), None)

    def approved(self, execution: str, *, door: str) -> None:
        """The one approval there is says all that the state said; Ana approves, and the workflow goes on."""
        approval = eventually(self.pending)
        content = approval.content
        assert (content.title, content.details) == ('Refund order 12"34', {"Order": '12"34', "Amount": 420})
        assert content.execution is not None
        assert content.state is not None
        assert (content.execution.id, content.state.name) == (execution, "Ask")
        assert approval.caller.partition(":")[0] == door
        self.whole.work()
        self.whole.person("ana@example.com").answer("approve")
        output = self.whole.machines.output(execution)
        assert (output["approvalId"], output["outcome"]) == (approval.id, "approved")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """On one database: that both behave alike is shown elsewhere."""
    return sqlite_url


@pytest.fixture
def doors(whole: Whole) -> Doors:
    return Doors(whole)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("snippet", ["sqs", "sqs-sdk"])
def test_through_the_queue(doors: Doors, snippet: str, language: str) -> None:
    execution = doors.start(f"{snippet}.{language}", ApprovalsQueueUrl=doors.whole.machines.queue_url)
    doors.whole.take_in()
    doors.approved(execution, door="sqs")


@pytest.mark.parametrize("language", LANGUAGES)
def test_through_a_topic_and_the_queue(doors: Doors, language: str) -> None:
    execution = doors.start(f"sns.{language}", ApprovalsTopicArn=doors.topic())
    doors.whole.take_in()
    doors.approved(execution, door="sqs")


@pytest.mark.parametrize("language", LANGUAGES)
def test_through_eventbridge_and_the_queue(doors: Doors, language: str) -> None:
    execution = doors.start(f"events.{language}", ApprovalsBusName=doors.bus())
    doors.whole.take_in()
    doors.approved(execution, door="sqs")


@pytest.mark.parametrize("language", LANGUAGES)
def test_through_a_function(doors: Doors, language: str) -> None:
    execution = doors.start(f"lambda.{language}", ApprovalsFunctionName=doors.function())
    doors.approved(execution, door="lambda")


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:  # type: ignore[override]
        """Say nothing."""


@contextmanager
def served(app: Any) -> Generator[str]:
    """The application on loopback, as its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def behind_api_gateway(app: Any) -> Any:
    """As API Gateway and apig-wsgi do: who signed the request stands beside it."""
    return lambda environ, start_response: app({**environ, **authorized(CALLER)}, start_response)


@pytest.mark.parametrize("language", LANGUAGES)
def test_through_api_gateway_with_its_iam_authorizer_and_the_token_in_a_header(doors: Doors, language: str) -> None:
    app = create_app(doors.whole.gateway, who=callers.by_iam)
    with served(behind_api_gateway(app)) as endpoint:
        execution = doors.start(f"apigateway.{language}", ApprovalsApiEndpoint=endpoint)
        doors.approved(execution, door="iam")


def _with_key_and_token_in_the_body(ask: dict[str, Any]) -> None:
    ask["Parameters"]["AuthType"] = "NO_AUTH"
    ask["Parameters"]["Headers"] = {"X-Api-Key": ["apk_submit"]}
    ask["Parameters"]["RequestBody"]["taskToken.$"] = "$$.Task.Token"


def test_through_http_with_a_key_and_the_token_in_the_body(doors: Doors) -> None:
    with served(create_app(doors.whole.gateway, api_keys=KEYS)) as endpoint:
        change = _with_key_and_token_in_the_body
        execution = doors.start("apigateway.jsonpath", change=change, ApprovalsApiEndpoint=endpoint)
        doors.approved(execution, door="key")


def test_a_bad_submission_over_http_fails_its_state_with_the_reasons(doors: Doors) -> None:
    def spoilt(ask: dict[str, Any]) -> None:
        _with_key_and_token_in_the_body(ask)
        ask["Parameters"]["RequestBody"]["reviewers"] = ["nobody"]

    with served(create_app(doors.whole.gateway, api_keys=KEYS)) as endpoint:
        ended = doors.whole.machines.end(
            doors.start("apigateway.jsonpath", change=spoilt, ApprovalsApiEndpoint=endpoint)
        )
    assert (ended["status"], ended["error"]) == ("FAILED", "ApiGateway.422")
    assert "reviewers[0]" in ended["cause"]


class AnActivity:
    """An Activity and who polls it."""

    def __init__(self, doors: Doors) -> None:
        self.doors, client = doors, doors.aws.client("stepfunctions")
        self.arn = client.create_activity(name="ask")["activityArn"]
        self.queue = ActivityQueue(lambda: client, arn=self.arn, worker_name="approvals-tests", make=QueueMessage)

    def start(self, language: str = "jsonpath", **options: Any) -> str:
        return self.doors.start(f"activity.{language}", ApprovalsActivityArn=self.arn, **options)

    def poll(self) -> bool:
        return take_from(self.queue, self.doors.whole.gateway) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_through_an_activity(doors: Doors, language: str) -> None:
    activity = AnActivity(doors)
    execution = activity.start(language)
    eventually(activity.poll)
    doors.approved(execution, door="activity")


def test_the_worker_polls_the_activities_of_its_settings(doors: Doors) -> None:
    activity = AnActivity(doors)
    settings = Settings(signing_keys=("s" * 32,), activities=(activity.arn, activity.arn))
    worker = make_worker(settings, doors.whole.gateway, Bell())
    worker.start()
    try:
        execution = activity.start()
        assert eventually(doors.pending).content.title == 'Refund order 12"34'
    finally:
        worker.stop()
    doors.approved(execution, door="activity")


@pytest.mark.usefixtures("logs_as_they_were")
def test_what_is_no_activity_is_refused_by_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVALS_SIGNING_KEYS", "s" * 32)
    monkeypatch.setenv("APPROVALS_SEALING_KEYS", new_sealing_key())
    with pytest.raises(SystemExit) as ended:
        main(["worker", "--activity", "ask"])
    assert ended.value.code == 2
    assert "must be ARNs such as arn:aws:states:" in capsys.readouterr().err


def test_a_bad_submission_fails_its_activity(doors: Doors) -> None:
    activity = AnActivity(doors)
    execution = activity.start(change=lambda ask: ask["Parameters"].update(reviewers=["nobody"]))
    eventually(activity.poll)
    assert doors.whole.machines.end(execution)["error"] == "NotApproved"
    [caught] = [e for e in doors.whole.machines.history(execution) if e["type"] == "ActivityFailed"]
    assert caught["activityFailedEventDetails"]["error"] == "Approval.InvalidSubmission"


def test_the_end_of_an_execution_in_the_queue_cancels_by_the_heartbeat_that_is_due_at_once(doors: Doors) -> None:
    execution = doors.start("sqs.jsonpath", ApprovalsQueueUrl=doors.whole.machines.queue_url)
    [approval] = doors.whole.take_in()
    doors.whole.machines.sfn.stop_execution(executionArn=execution)
    stopped = doors.whole.machines.end(execution)["stopDate"]
    told = status_change(executionArn=execution, stopDate=int(stopped.timestamp() * 1000) + 1)
    doors.aws.client("sqs").send_message(QueueUrl=doors.whole.machines.queue_url, MessageBody=json.dumps(told))
    doors.whole.take_in()
    doors.whole.work()
    approval = doors.whole.gateway.approval(approval.id)
    assert (approval.status, approval.callback_detail) == ("cancelled", "the execution was stopped")


def test_a_forged_end_of_an_execution_that_runs_cancels_nothing(doors: Doors) -> None:
    execution = doors.start("sqs.jsonpath", ApprovalsQueueUrl=doors.whole.machines.queue_url)
    [approval] = doors.whole.take_in()
    forged = status_change(executionArn=execution, stopDate=int(approval.created_at.timestamp() * 1000) + 60_000)
    doors.aws.client("sqs").send_message(QueueUrl=doors.whole.machines.queue_url, MessageBody=json.dumps(forged))
    doors.whole.take_in()
    doors.whole.work()
    assert [note.event for note in doors.whole.gateway.audit(approval.id)] == ["opened", "execution.reported"]
    assert doors.whole.gateway.approval(approval.id).pending


def test_every_snippet_is_run_here_and_named_in_its_readme() -> None:
    names = {path.name.partition(".")[0] for path in SNIPPETS.glob("*.asl.json")}
    assert names == {"sqs", "sqs-sdk", "sns", "events", "lambda", "apigateway", "activity"}
    assert len(list(SNIPPETS.glob("*.asl.json"))) == len(names) * len(LANGUAGES)
    readme = (SNIPPETS / "README.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}." not in readme] == []
