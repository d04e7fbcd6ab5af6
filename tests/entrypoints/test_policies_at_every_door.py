"""One place checks which policy a submission may use: every entry point refuses it for the same reason and opens
nothing, and the waiting task fails if nobody else gets the reason."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.domain.api_keys import ApiKey
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.records import Filter
from approvals.domain.problems import Invalid
from approvals.entrypoints.app import create_app
from approvals.entrypoints.aws_lambda import intake as lambda_intake
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.cli.main import main
from approvals.entrypoints.intake import batch as intake
from approvals.entrypoints.intake import submission_reader
from tests.entrypoints.every_door import by_the_commands
from tests.entrypoints.ways_in import calling
from tests.fakes import World

ANA = Policy(stages=(Stage(groups=(Group(from_=("ana",)),)),))
INLINE = {"stages": [{"groups": [{"from": ["ana"]}]}]}
MACHINES = "arn:aws:states:eu-central-1:123456789012:stateMachine:"
OWNED = Directory(
    people={"ana": Person(id="ana", email="ana@example.com")},
    policies={
        "refunds": Policy(stages=ANA.stages, callers=(f"{MACHINES}refund-*",)),
        "payroll": Policy(stages=ANA.stages, callers=("key:payroll", "command:payroll", "sqs:payroll")),
    },
    allow_inline_policies=False,
)  # fmt: skip
KEYS = [ApiKey(name="other", scopes=frozenset({"submit"}), sha256=hashlib.sha256(b"apk_other").hexdigest())]
ATTEMPTS: dict[str, tuple[dict[str, Any], str]] = {
    "another state machine": (
        {"policy": "refunds", "stateMachine": {"id": f"{MACHINES}orders"}}, "may not be used by arn:aws",
    ),
    "no state machine": ({"policy": "refunds"}, "names no state machine"),
    "somebody else's key": ({"policy": "payroll"}, "it is for key:payroll"),
    "a state machine that calls itself by that key": (
        {"policy": "payroll", "stateMachine": {"id": "key:payroll"}}, "it is for key:payroll",
    ),
    "an execution that calls itself by that queue": (
        {"policy": "payroll", "execution": {"id": "sqs:payroll"}}, "it is for key:payroll",
    ),
    "a policy of its own": ({"policy": INLINE}, "only the policies of the directory may be used here"),
    "reviewers of its own": ({"reviewers": ["ana"]}, "only the policies of the directory may be used here"),
    "a policy that is not there": ({"policy": "refund"}, "there is no policy “refund”"),
}  # fmt: skip


class Submitting:
    """The doors by which a submission comes in; each gives what was said of it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self._file = world, folder / "submission.json"
        self._client = create_app(world.gateway, api_keys=KEYS).test_client()

    @property
    def all(self) -> dict[str, Callable[[dict[str, Any]], str]]:
        return {
            "api": self.api, "command": self.command, "queue": self.queue, "event": self.event,
            "invoked": self.invoked, "gateway": self.itself,
        }  # fmt: skip

    def api(self, payload: dict[str, Any]) -> str:
        headers = {"Authorization": "Bearer apk_other"}
        answer = self._client.post("/v1/approvals", json=payload, headers=headers)
        return json.dumps(answer.json, ensure_ascii=False)

    def command(self, payload: dict[str, Any]) -> str:
        self._file.write_text(json.dumps(payload))
        try:
            cli_approvals.submit.main([str(self._file)], standalone_mode=False)
        except Invalid as error:
            return str(error)
        return ""

    def queue(self, payload: dict[str, Any]) -> str:
        message = intake.QueueMessage("m", json.dumps(payload), "receipt")
        intake.take([message], self.world.gateway, source=Source(door="sqs", name="approvals"))
        return self._told

    def event(self, payload: dict[str, Any]) -> str:
        source = Source(door="sns", name="approvals")
        wrapped = {"Type": "Notification", "Message": json.dumps(payload), "TopicArn": "arn:aws:sns:x:1:approvals"}
        intake.take_payload(wrapped, self.world.gateway, source=source, message_id="m")
        return self._told

    def invoked(self, payload: dict[str, Any]) -> str:
        return json.dumps(lambda_intake.answered(payload, self.world.gateway), ensure_ascii=False) + self._told

    def itself(self, payload: dict[str, Any]) -> str:
        try:
            self.world.gateway.submit(submission_reader.submission(payload), caller="key:other")
        except Invalid as error:
            return str(error)
        return ""

    @property
    def _told(self) -> str:
        """What the waiting workflow was told."""
        return self.world.callbacks.sent.pop().cause or "" if self.world.callbacks.sent else ""


@pytest.fixture
def directory() -> Directory:
    return OWNED


@pytest.fixture
def submitting(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Submitting:
    by_the_commands(monkeypatch, world.gateway)
    return Submitting(world, tmp_path)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_same_submission_is_refused_at_every_door(submitting: Submitting, attempt: str) -> None:
    changes, reason = ATTEMPTS[attempt]
    payload = {"taskToken": "token", "title": "Refund", **changes}
    missing = {name: said for name, door in submitting.all.items() if reason not in (said := door(payload))}
    assert missing == {}
    assert submitting.world.gateway.find(Filter()) == []


def test_a_person_who_may_use_a_policy_does(submitting: Submitting) -> None:
    for name, door in submitting.all.items():
        door({"taskToken": name, "title": "Refund", "policy": "refunds", "stateMachine": {"id": f"{MACHINES}refund-a"}})
    assert len(submitting.world.gateway.find(Filter())) == len(submitting.all)
    assert submitting.world.callbacks.sent == []


def test_these_are_all_the_doors_there_are() -> None:
    known = {"api/routes:submit", "cli/approvals:submit", "intake/batch:_submitted", "aws_lambda/intake:_direct"}
    # A pool of threads has a verb of this name, too.
    threads = {"slack/routes:in_background", "slack/routes:after", "server/whole_requests:enqueue_req"}
    assert (calling("submit") | calling("submit_all")) - threads == known, "a door that is not in this table: add it"


def test_the_command_line_states_it_in_its_own_words(
    submitting: Submitting, capsys: pytest.CaptureFixture[str]
) -> None:
    file = submitting._file
    file.write_text(json.dumps({"taskToken": "token", "title": "Refund", "policy": "refund"}))
    with pytest.raises(SystemExit):
        main(["submit", str(file)])
    assert "there is no policy “refund”" in capsys.readouterr().err
