"""The Lambda handlers, called as AWS calls them, with events as AWS writes them; each made of settings alone."""

import base64
import json
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from approvals.adapters import tables
from approvals.domain.api_keys import entry
from approvals.domain.errors import Invalid, Misconfigured
from approvals.entrypoints import lambda_http, lambda_intake, lambda_migrate, lambda_tick, lambda_warm, lambdas, local
from approvals.entrypoints.lambda_intake import NotTaken
from approvals.entrypoints.lambda_warm import REFRESH, Kept, Warm
from approvals.entrypoints.webapp import app_of
from tests.builders import NOW, a_submission
from tests.e2e.whole import hidden_fields
from tests.fakes import FrozenClock
from tests.lambda_.functions import http_event
from tests.support.machines import eventually
from tests.support.smtp import SmtpServer
from tests.support.wheel import ROOT

PUBLIC_URL = "https://approvals.example.com"
GOOD = {"taskToken": "t", "title": "Refund", "reviewers": ["ana@example.com"]}
Handler = Callable[[Any, Any], Any]


@dataclass
class Context:
    """What Lambda says of an invocation; `milliseconds` are left of it, each time it is asked."""

    milliseconds: int = 60_000
    less: int = 0
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        self.milliseconds -= self.less
        return self.milliseconds + self.less


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Generator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Generator[list[Kept]]:
    """What the handlers of a test are made of; their databases are closed at its end."""
    found: list[Kept] = []
    original = lambda_warm.Kept

    def remember(**parts: Any) -> Kept:
        found.append(original(**parts))
        return found[-1]

    monkeypatch.setattr(lambda_warm, "Kept", remember)
    yield found
    for kept in found:
        kept.database.engine.dispose()


@pytest.fixture
def environ(
    sqlite_url: str, smtp: SmtpServer, made: list[Kept], monkeypatch: pytest.MonkeyPatch  # noqa: ARG001
) -> dict[str, str]:  # fmt: skip
    """Step Functions is where nobody listens: callbacks wait."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return {
        "APPROVALS_DATABASE_URL": sqlite_url,
        "APPROVALS_PUBLIC_URL": PUBLIC_URL,
        "APPROVALS_SIGNING_KEYS": local.new_signing_key(),
        "APPROVALS_SEALING_KEYS": local.new_sealing_key(),
        "APPROVALS_DIGEST_WINDOW": "0s",
        "APPROVALS_MAIL_URL": f"smtp://{smtp.host}:{smtp.port}?starttls=no",
        "APPROVALS_MAIL_FROM": "approvals@example.com",
    }


def _event(name: str) -> Any:
    return json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text())


def _sqs(*bodies: Any) -> dict[str, Any]:
    [record] = _event("lambda-sqs-batch")["Records"]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [{**record, "messageId": f"m{n}", "body": text} for n, text in enumerate(texts)]}


def _left(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def _metrics(output: str) -> dict[str, float]:
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    found = {}
    for line in lines:
        [about] = line["_aws"]["CloudWatchMetrics"]
        assert [set(dimensions) <= set(line) for dimensions in about["Dimensions"]] == [True]
        found.update({metric["Name"]: line[metric["Name"]] for metric in about["Metrics"]})
    return found


# ---- intake


def test_of_ten_messages_only_the_bad_one_comes_again(
    environ: dict[str, str], made: list[Kept], capsys: pytest.CaptureFixture[str]
) -> None:
    take_in = lambda_intake.make(environ)
    bodies: list[Any] = [{**GOOD, "taskToken": f"t{n}"} for n in range(10)]
    bodies[3] = '{"taskToken": "t3", "tit'
    assert _left(take_in(_sqs(*bodies), Context())) == ["m3"]
    with made[0].database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.approvals)).scalar() == 9
    said = capsys.readouterr()
    assert _metrics(said.out)["ApprovalsOpened"] == 9
    [line] = [json.loads(line) for line in said.err.splitlines() if "intake.unreadable" in line]
    assert (line["message_id"], line["aws_request_id"]) == ("m3", "request-1")


def test_people_are_asked_in_the_same_invocation(environ: dict[str, str], smtp: SmtpServer) -> None:
    lambda_intake.make(environ)(_sqs(GOOD), Context())
    assert [each.recipients for each in smtp.received] == [["ana@example.com"]]


def test_with_a_window_the_tick_sends_the_digest_and_only_high_risk_leaves_with_the_intake(
    environ: dict[str, str], smtp: SmtpServer
) -> None:
    windowed = {**environ, "APPROVALS_DIGEST_WINDOW": "1s"}
    bodies = [{**GOOD, "taskToken": f"t{n}"} for n in range(3)]
    risky = {**GOOD, "taskToken": "risky", "title": "Risky", "risk": "high"}
    lambda_intake.make(windowed)(_sqs(*bodies, risky), Context())
    assert [each.message["Subject"] for each in smtp.received] == ["Approval needed (high risk): Risky"]
    tick = lambda_tick.make(windowed)
    eventually(lambda: tick({}, Context()) and len(smtp.received) > 1)
    assert [each.message["Subject"] for each in smtp.received[1:]] == ["3 approvals wait for your answer"]


def test_mails_for_which_no_time_is_left_are_the_ticks(environ: dict[str, str], smtp: SmtpServer) -> None:
    assert _left(lambda_intake.make(environ)(_sqs(GOOD), Context(milliseconds=5_000))) == []
    assert smtp.received == []
    lambda_tick.make(environ)({}, Context())
    assert len(smtp.received) == 1


def test_a_fault_while_mailing_does_not_bring_the_batch_back(
    environ: dict[str, str], made: list[Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in = lambda_intake.make(environ)
    outbox = made[0].gateway.outbox

    def fail(**_: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(outbox, "lease", fail)
    assert take_in(_sqs(GOOD), Context()) == {"batchItemFailures": []}


@pytest.mark.parametrize("name", ["lambda-sns", "lambda-eventbridge"])
def test_what_sns_and_eventbridge_hand_over_is_taken_in(name: str, environ: dict[str, str], smtp: SmtpServer) -> None:
    assert lambda_intake.make(environ)(_event(name), Context()) == {"taken": 1}
    assert len(smtp.received) == 1


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"Records": [{"eventSource": "aws:s3", "s3": {}}]}, "records of aws:s3 are not taken"),
        ({"Records": []}, "records of nobody are not taken"),
        ({"detail-type": "EC2 Instance State-change", "source": "aws.ec2", "detail": {}}, "1 of 1 could not be"),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "1", "Message": "half {"}}]}, "1 of 1 could not"),
    ],
)
def test_what_is_none_of_ours_fails_the_invocation_so_that_aws_puts_it_aside(
    environ: dict[str, str], event: Any, says: str
) -> None:
    with pytest.raises(NotTaken, match=says):
        lambda_intake.make(environ)(event, Context())


def test_invoked_directly_it_answers_with_the_approvals_id_and_the_same_again(environ: dict[str, str]) -> None:
    take_in = lambda_intake.make(environ)
    first = take_in(GOOD, Context())
    assert first["created"] is True
    assert take_in(GOOD, Context()) == {"approvalId": first["approvalId"], "created": False}


@pytest.mark.parametrize("payload", [{"title": "no token"}, [], None, "text"])
def test_a_direct_invocation_for_which_nobody_waits_gets_the_faults_raised(
    environ: dict[str, str], payload: Any
) -> None:
    with pytest.raises(Invalid):
        lambda_intake.make(environ)(payload, Context())


# ---- http


def _call(http: Handler, *request: str, **more: Any) -> dict[str, Any]:
    method, target = request
    answer: dict[str, Any] = http(http_event(method, target, headers=more.pop("headers", {}), **more), Context())
    return answer


@pytest.mark.parametrize("path", ["/%C5%BE", "/r/%E2%82%AC%25%2F", "/%F0%9F%98%80", "/%FF", "/a%20b%3Fc"])
def test_a_path_that_came_decoded_is_no_fault_of_the_function(environ: dict[str, str], path: str) -> None:
    assert _call(lambda_http.make(environ), "GET", path)["statusCode"] == 404


def test_half_a_character_in_a_path_is_none_either(environ: dict[str, str]) -> None:
    event = {**http_event("GET", "/", headers={}), "rawPath": "/\ud800"}
    assert lambda_http.make(environ)(event, Context())["statusCode"] == 404


def test_a_function_url_hands_the_path_over_as_it_was(environ: dict[str, str]) -> None:
    event = http_event("GET", "/", headers={})
    event["rawPath"] = "/static/page%2Ecss"
    event["requestContext"]["domainName"] = "abc.lambda-url.eu-west-1.on.aws"
    assert lambda_http.make(environ)(event, Context())["statusCode"] == 200


def test_the_page_is_answered_through_the_handler(environ: dict[str, str], made: list[Kept], smtp: SmtpServer) -> None:
    http = lambda_http.make(environ)
    gateway = made[0].gateway
    approval = gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").opened
    assert approval is not None
    link = gateway.links.url(approval.id, 0, now=gateway.clock()).removeprefix(PUBLIC_URL)
    page = _call(http, "GET", link, headers={"cookie": "a=1; b=2"})
    assert (page["statusCode"], page["headers"]["cache-control"]) == (200, "no-store")
    form = urlencode({**hidden_fields(page["body"]), "option": "approve", "comment": "schön"}).encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded", "origin": PUBLIC_URL, "sec-fetch-site": "same-origin",
    }  # fmt: skip
    assert _call(http, "POST", link, headers=headers, body=form)["statusCode"] == 303
    assert gateway.store.get(approval.id).status == "approved"
    assert smtp.received == [], "mails are the tick's: no mail server stands in the way of an answer"


def test_what_is_no_text_leaves_encoded(environ: dict[str, str]) -> None:
    answer = _call(lambda_http.make(environ), "GET", "/static/page.css", headers={"accept-encoding": "gzip"})
    content = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    assert content == (ROOT / "templates" / "static" / "page.css").read_bytes()


@pytest.mark.parametrize("path", ["/", "/healthz", "/r/nothing", "/v1/approvals", "/static/page.css", "/docs"])
def test_no_header_stands_there_twice_since_one_of_them_would_be_lost(
    environ: dict[str, str], made: list[Kept], path: str
) -> None:
    lambda_http.make(environ)
    answer = app_of(made[0].settings, made[0].gateway).test_client().get(path)
    names = [name.lower() for name, _ in answer.headers]
    assert len(names) == len(set(names))
    answer.close()


def test_a_body_over_the_limit_is_refused(environ: dict[str, str]) -> None:
    http = lambda_http.make({**environ, "APPROVALS_API_KEYS": entry("shop", ["submit"], "apk_shop")})
    headers = {"content-type": "application/json", "authorization": "Bearer apk_shop"}
    assert _call(http, "POST", "/v1/approvals", headers=headers, body=b" " * 300_000)["statusCode"] == 413


# ---- tick


def test_a_tick_does_all_that_is_due_and_says_how_late_it_was(
    environ: dict[str, str], made: list[Kept], smtp: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    tick = lambda_tick.make({**environ, "APPROVALS_DELIVERY_THREADS": "2"})
    gateway = made[0].gateway
    for n in range(5):
        gateway.submit(a_submission(task_token=f"t{n}", reviewers=("ana@example.com",)), caller="tests")
    past = gateway.clock() - timedelta(seconds=90)
    with made[0].database.write() as connection:
        notices = tables.outbox.update().where(tables.outbox.c.lane == "notice")
        connection.execute(notices.values(next_attempt_at=past))
    assert tick({}, Context())["messages"] == 5
    assert len(smtp.received) == 5
    assert 90 <= _metrics(capsys.readouterr().out)["OldestMessage"] < 120
    assert tick({}, Context()) == {"changes": 0, "messages": 0, "forgotten": 0}


def test_a_tick_begins_nothing_that_it_could_not_end(
    environ: dict[str, str], made: list[Kept], smtp: SmtpServer
) -> None:
    tick = lambda_tick.make({**environ, "APPROVALS_DELIVERY_THREADS": "1"})
    for n in range(3):
        submission = a_submission(task_token=f"t{n}", reviewers=("ana@example.com",))
        made[0].gateway.submit(submission, caller="tests")
    assert tick({}, Context(milliseconds=29_000))["messages"] == 0
    assert tick({}, Context(milliseconds=60_000, less=9_000))["messages"] == 2  # asked thrice, for each lane and time
    assert len(smtp.received) == 2
    assert tick({}, Context())["messages"] == 1


def test_a_tick_settles_what_is_overdue_and_counts_it(
    environ: dict[str, str], made: list[Kept], capsys: pytest.CaptureFixture[str]
) -> None:
    tick = lambda_tick.make(environ)
    gateway = made[0].gateway
    gateway.submit(a_submission(), caller="tests")
    with made[0].database.write() as connection:
        overdue = gateway.clock() - timedelta(seconds=30)
        connection.execute(tables.approvals.update().values(next_action_at=overdue, deadline=overdue))
    assert tick({}, Context())["changes"] == 1
    found = _metrics(capsys.readouterr().out)
    assert found["ApprovalsSettled"] == 1
    assert 30 <= found["SweepLag"] < 60


# ---- migrate, and what all have in common


def test_migrate_makes_a_database_ready(environ: dict[str, str], tmp_path: Path) -> None:
    bare = {**environ, "APPROVALS_DATABASE_URL": f"sqlite:///{tmp_path / 'bare.db'}"}
    migrate = lambda_migrate.make(bare)
    assert migrate({"to": "0001"}, Context()) == {"revision": "0001"}
    assert migrate({}, Context()) == migrate(None, Context())
    assert _call(lambda_http.make(bare), "GET", "/readyz")["statusCode"] == 200


class _Vault:
    """Secrets that a test changes. Stands where AWS's are."""

    def __init__(self, value: str) -> None:
        self.value: str | None = value

    def __call__(self, _clients: Any) -> "_Vault":
        return self

    def text(self, arn: str) -> str:
        if self.value is None:
            raise ValueError(f"cannot be read from {arn}: AWS does not answer")
        return self.value


def test_a_secret_that_changed_is_used_after_five_minutes_without_a_restart(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, clock = _Vault(environ.pop("APPROVALS_SIGNING_KEYS")), FrozenClock(NOW)
    monkeypatch.setattr(lambda_warm, "Secrets", vault)
    before = vault.value
    named = {**environ, "APPROVALS_SIGNING_KEYS_ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/keys"}
    warm = Warm(lambda kept: kept.settings.signing_keys, environ=named, clock=clock)
    vault.value = local.new_signing_key()
    assert warm(Context()) == (before,)
    clock.now += REFRESH
    assert warm(Context()) == (vault.value,)
    after, vault.value = vault.value, None
    clock.now += REFRESH
    assert warm(Context()) == (after,), "what cannot be read for a while does not stop anybody"
    vault.value = "too short"
    clock.now += REFRESH
    assert warm(Context()) == (after,), "nor does what is wrong"
    vault.value = before
    clock.now += REFRESH
    assert warm(Context()) == (before,)


def test_nothing_is_made_anew_while_the_secrets_are_the_same(environ: dict[str, str], made: list[Kept]) -> None:
    clock = FrozenClock(NOW)
    warm = Warm(lambda kept: kept, environ=environ, clock=clock)
    first = warm(Context())
    clock.now += REFRESH
    assert warm(Context()) is first
    assert len(made) == 1


def test_an_environment_holds_one_connection(environ: dict[str, str], made: list[Kept], postgres_url: str) -> None:
    lambda_tick.make({**environ, "APPROVALS_DATABASE_URL": postgres_url})({}, Context())
    assert made[0].database.engine.pool.size() == 1  # type: ignore[attr-defined]


def test_a_missing_setting_fails_at_init(environ: dict[str, str]) -> None:
    del environ["APPROVALS_SIGNING_KEYS"]
    with pytest.raises(Misconfigured, match="APPROVALS_SIGNING_KEYS is required"):
        lambda_http.make(environ)


def test_there_are_four_handlers_and_no_others(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for name in lambdas.HANDLERS:
        handler = getattr(lambdas, name)
        assert callable(handler)
        assert getattr(lambdas, name) is handler, "it is made once"
        monkeypatch.delitem(vars(lambdas), name)
    with pytest.raises(AttributeError, match="http, intake, tick, migrate"):
        _ = lambdas.sweep
