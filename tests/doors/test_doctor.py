"""The doctor on real parts: each check is seen well and ill, with the mend; it shows no secret and changes nothing."""

import json
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from botocore.stub import Stubber
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from approvals import wiring
from approvals.adapters.aws_clients import Clients
from approvals.demo.aws import LocalAws
from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.domain.api_keys import entry
from approvals.entrypoints import database, local
from approvals.entrypoints.checks import aws as aws_check
from approvals.entrypoints.checks import database as database_check
from approvals.entrypoints.checks import keys, mail, sqs, web
from approvals.entrypoints.checks.line import Line, ok, run
from approvals.entrypoints.cli import approvals
from approvals.entrypoints.doctor import examine
from approvals.entrypoints.webapp import create_app
from approvals.settings import Settings
from tests.fakes import World
from tests.support.smtp import SmtpServer

SECRET = "hunter2-of-the-database"
GOOD_QUEUE = {
    "VisibilityTimeout": "180",
    "SqsManagedSseEnabled": "true",
    "RedrivePolicy": json.dumps({
        "deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead", "maxReceiveCount": 5,
    }),
}  # fmt: skip


def settings(**given: str) -> Settings:
    """`mail_url="…"` is APPROVALS_MAIL_URL."""
    return Settings.from_env(environ(**given))


def environ(**given: str) -> dict[str, str]:
    defaults = {"signing_keys": local.new_signing_key(), "aws_region": "eu-central-1"}
    if "kms_key_id" not in given:
        defaults["sealing_keys"] = local.new_sealing_key()
    if "mail_url" in given:
        defaults["mail_from"] = "Approvals <approvals@example.com>"
    return {f"APPROVALS_{name.upper()}": value for name, value in {**defaults, **given}.items()}


def said(lines: Iterator[Line]) -> list[tuple[str, str]]:
    return [(line.state, line.what) for line in lines]


def found(lines: Iterator[Line], what: str) -> Line:
    """The one line that begins so. Whatever is not ok has a mend."""
    known = list(lines)
    assert all(line.mend for line in known if line.state != "ok"), known
    [line] = [line for line in known if line.what.startswith(what)]
    return line


# the database


def looked_at(url: str, *, ahead: float = 0, **given: str) -> list[Line]:
    def clock() -> Any:
        return wiring.system_clock() + timedelta(seconds=ahead)

    return list(database_check.check(settings(database_url=url, **given), Clients(), clock))


@pytest.fixture
def migrated_url(bare_database_url: str) -> str:
    database.upgrade(bare_database_url)
    return bare_database_url


def test_a_migrated_database_is_well(migrated_url: str) -> None:
    lines = looked_at(migrated_url)
    assert {line.state for line in lines} == {"ok"}
    assert lines[-1].what.endswith("the newest")
    assert len(lines) == (2 if migrated_url.startswith("sqlite") else 3)


def test_one_that_is_not_migrated_is_told_how(bare_database_url: str) -> None:
    if bare_database_url.startswith("sqlite"):
        sa.create_engine(bare_database_url, poolclass=sa.pool.NullPool).connect().close()
        Path(bare_database_url.removeprefix("sqlite:///")).touch()
    line = found(iter(looked_at(bare_database_url)), "database: at nothing, newest is ")
    assert (line.state, line.mend) == ("fail", "approvals db upgrade")


def test_an_older_and_a_newer_one(migrated_url: str) -> None:
    newest = database.current(migrated_url)[1]
    move(migrated_url, "0000")
    older = found(iter(looked_at(migrated_url)), f"database: at 0000, newest is {newest}")
    assert (older.state, older.mend) == ("fail", "approvals db upgrade")
    move(migrated_url, "9999")
    newer = found(iter(looked_at(migrated_url)), "database: at 9999, which this release does not know")
    assert (newer.state, "release" in newer.mend) == ("fail", True)


def move(url: str, revision: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_looking_makes_no_file(tmp_path: Path) -> None:
    [line] = looked_at(f"sqlite:///{tmp_path / 'none.db'}")
    assert (line.state, line.mend) == ("fail", "approvals db upgrade")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", [f"postgresql+psycopg://ana:{SECRET}@127.0.0.1:1/approvals", f"oracle://ana:{SECRET}@h/x", f"{SECRET}://@:x"]
)
def test_what_cannot_be_reached_is_said_without_the_password(url: str) -> None:
    [line] = looked_at(url)
    assert (line.state, "APPROVALS_DATABASE_URL" in line.mend) == ("fail", True)
    assert SECRET not in line.what + line.mend


def test_too_old_an_engine_is_refused(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_check, "OLDEST_POSTGRESQL", (99,))
    monkeypatch.setattr(database_check, "OLDEST_SQLITE", (99,))
    line = looked_at(migrated_url)[0]
    assert (line.state, line.mend.endswith(" 99 or later")) == ("fail", True)


def test_sqlite_is_for_one_machine(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database.upgrade(url)
    assert looked_at(url)[0].state == "ok"
    line = looked_at(url, public_url="https://approvals.example.com")[0]
    assert (line.state, "PostgreSQL" in line.mend) == ("warn", True)


@pytest.mark.parametrize(("ahead", "words"), [(60, "60.0 s ahead of"), (-60, "60.0 s behind")])
def test_a_clock_that_differs_from_the_databases_is_noticed(postgres_url: str, ahead: float, words: str) -> None:
    line = found(iter(looked_at(postgres_url, ahead=ahead)), f"clock: {words} the database's")
    assert (line.state, "NTP" in line.mend) == ("warn", True)


# AWS


@pytest.fixture(scope="module")
def local_aws() -> Generator[LocalAws]:
    with LocalAws(region="eu-central-1") as running:
        yield running


@pytest.fixture
def aws(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Generator[LocalAws]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.endpoint)
    yield local_aws
    local_aws.reset()


def identity(ahead: float = 0) -> list[Line]:
    def clock() -> Any:
        return wiring.system_clock() + timedelta(seconds=ahead)

    return list(aws_check.identity(settings(), Clients(), clock))


def callbacks(**given: str) -> list[Line]:
    return list(aws_check.callbacks(settings(**given), Clients()))


@pytest.mark.usefixtures("aws")
def test_aws_knows_us_and_its_clock_is_ours() -> None:
    who, clock = identity()
    assert (who.state, who.what.startswith("AWS identity: arn:aws:sts::123456789012:")) == ("ok", True)
    assert (clock.state, clock.what.endswith("that of AWS")) == ("ok", True)


@pytest.mark.parametrize(("ahead", "state"), [(60, "warn"), (-60, "warn"), (600, "fail")])
@pytest.mark.usefixtures("aws")
def test_a_clock_that_differs_from_that_of_aws_is_noticed(ahead: float, state: str) -> None:
    line = found(iter(identity(ahead)), "clock: ")
    assert (line.state, "NTP" in line.mend) == (state, True)


@pytest.mark.usefixtures("aws")
def test_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    [line] = identity()
    assert (line.state, line.mend) == ("fail", "give the gateway a role, or set AWS_PROFILE")


@pytest.mark.usefixtures("aws")
def test_without_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    [line] = callbacks(aws_region="")
    assert (line.state, line.mend) == ("fail", "set APPROVALS_AWS_REGION")


def test_an_aws_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    [line] = identity()
    assert (line.state, line.what) == ("fail", "AWS identity: EndpointConnectionError")


@pytest.mark.usefixtures("aws")
def test_callbacks_are_tried_without_any_effect() -> None:
    assert said(iter(callbacks())) == [
        ("ok", "callbacks: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat are allowed"),
        ("ok", "history: GetExecutionHistory is allowed"),
    ]


@pytest.mark.parametrize("operation", ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
def test_a_callback_that_is_denied_is_named_with_its_permission(aws: LocalAws, operation: str) -> None:
    aws.faults.next(operation, AccessDenied())
    line = found(iter(callbacks()), f"{operation}: AWS denies it (AccessDeniedException)")
    assert (line.state, line.mend) == ("fail", f"allow states:{operation} to the gateway's role")


def test_a_history_that_is_denied_is_said_with_what_it_costs(aws: LocalAws) -> None:
    aws.faults.next("GetExecutionHistory", AccessDenied())
    line = found(iter(callbacks()), "history: ")
    assert (line.state, "states:GetExecutionHistory" in line.mend, "unconfirmed" in line.mend) == ("warn", True, True)


@pytest.mark.usefixtures("aws")
def test_roles_for_other_accounts_are_tried_too() -> None:
    role = "arn:aws:iam::222222222222:role/approvals"
    lines = callbacks(assume_roles=f"222222222222={role}")
    assert [line.state for line in lines] == ["ok"] * 4
    assert f"history as {role}: GetExecutionHistory is allowed" in lines[3].what


# the queue


def queue(aws: LocalAws, name: str = "approvals", **attributes: str) -> str:
    return str(aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def looked_into(url: str) -> list[Line]:
    return list(sqs.check(settings(queue_url=url), Clients()))


def test_a_queue_as_it_should_be(aws: LocalAws) -> None:
    queue(aws, "dead")
    lines = looked_into(queue(aws, **GOOD_QUEUE))
    assert said(iter(lines)) == [
        ("ok", "queue: visibility time-out of 180 s"),
        ("ok", "queue: has a dead-letter queue"),
        ("ok", "queue: encrypted at rest"),
        ("ok", "queue: may receive"),
        ("ok", "queue: may delete"),
    ]


@pytest.mark.parametrize(
    ("attribute", "value", "what", "mend"),
    [
        ("VisibilityTimeout", "30", "queue: visibility time-out of 30 s", "180 s"),
        ("RedrivePolicy", "", "queue: has no dead-letter queue", "maxReceiveCount 5"),
        ("SqsManagedSseEnabled", "false", "queue: not encrypted at rest", "SqsManagedSseEnabled"),
    ],
)
def test_what_a_queue_lacks(aws: LocalAws, attribute: str, value: str, what: str, mend: str) -> None:
    queue(aws, "dead")
    attributes = {name: given for name, given in {**GOOD_QUEUE, attribute: value}.items() if given}
    line = found(iter(looked_into(queue(aws, **attributes))), what)
    assert (line.state, mend in line.mend) == ("warn", True)


def test_a_queue_that_is_not_there(aws: LocalAws) -> None:
    [line] = looked_into(f"{aws.endpoint}/123456789012/nothing")
    assert (line.state, "APPROVALS_QUEUE_URL" in line.mend) == ("fail", True)


@pytest.mark.parametrize(("operation", "verb"), [("ReceiveMessage", "receive"), ("DeleteMessage", "delete")])
def test_a_queue_that_may_not_be_used(aws: LocalAws, operation: str, verb: str) -> None:
    aws.faults.next(operation, AccessDenied())
    line = found(iter(looked_into(queue(aws))), f"queue: may not {verb}")
    assert (line.state, line.mend) == ("fail", f"allow sqs:{operation} to the gateway's role")


def test_a_queue_that_may_not_be_looked_at_is_tried_all_the_same(aws: LocalAws) -> None:
    aws.faults.next("GetQueueAttributes", AccessDenied())
    assert said(iter(looked_into(queue(aws)))) == [
        ("warn", "queue: its attributes may not be looked at"),
        ("ok", "queue: may delete"),
    ]


def test_no_message_is_received_for_the_sake_of_looking(aws: LocalAws) -> None:
    url = queue(aws)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    looked_into(url)
    assert aws.calls["ReceiveMessage"] == 0


# mail


def mailed(**given: str) -> Line:
    [line] = mail.check(settings(**given), Clients())
    return line


def test_a_mail_server_is_reached_and_no_mail_sent(smtp: SmtpServer) -> None:
    assert mailed(mail_url=f"smtp://{smtp.host}:{smtp.port}") == ok(f"mail: {smtp.host}:{smtp.port} answers")
    assert smtp.received == []


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret-of-mail")}], indirect=True)
@pytest.mark.parametrize(("password", "state"), [("secret-of-mail", "ok"), ("wrong-secret", "fail")])
def test_the_login_is_tried(smtp: SmtpServer, password: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(smtp.ca_file))
    line = mailed(mail_url=f"smtp://gateway:{password}@localhost:{smtp.port}?starttls=required")
    assert (line.state, "login" in line.what or "user and password" in line.what) == (state, True)
    assert password not in line.what + line.mend


@pytest.mark.parametrize("smtp", [{"starttls": True}], indirect=True)
def test_a_certificate_that_is_not_trusted(smtp: SmtpServer) -> None:
    line = mailed(mail_url=f"smtp://localhost:{smtp.port}?starttls=required")
    assert (line.state, "not trusted" in line.what) == ("fail", True)


def test_a_server_without_the_encryption_that_is_asked_for(smtp: SmtpServer) -> None:
    line = mailed(mail_url=f"smtp://localhost:{smtp.port}?starttls=required")
    assert (line.state, "STARTTLS" in line.what) == ("fail", True)


@pytest.mark.parametrize(
    ("given", "state", "what"),
    [
        ({"mail_url": "smtp://127.0.0.1:1"}, "fail", "127.0.0.1:1 cannot be reached"),
        ({"mail_url": f"smtp://ana:{SECRET}@mail.example.com?x=1"}, "fail", "has an option “x”"),
        ({"mail_url": "console:"}, "warn", "written to the terminal"),
        ({}, "warn", "nobody can be asked"),
    ],
)
def test_mail_that_reaches_nobody(given: dict[str, str], state: str, what: str) -> None:
    line = mailed(**given)
    assert (line.state, what in line.what, bool(line.mend)) == (state, True, True)
    assert SECRET not in line.what + line.mend


GOOD_ACCOUNT = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
VERIFIED = {"VerifiedForSendingStatus": True}


def ses(prepare: Callable[[Stubber], None]) -> list[Line]:
    """SES as AWS describes it: the local one knows no accounts."""
    client = Clients().get("sesv2", region="eu-central-1")
    with Stubber(client) as stub:
        prepare(stub)
        stand_in: Any = SimpleNamespace(get=lambda *_args, **_more: client)
        lines = list(mail.check(settings(mail_url="ses://eu-central-1"), stand_in))
        stub.assert_no_pending_responses()
    return lines


def account(**changes: Any) -> Callable[[Stubber], None]:
    def prepare(stub: Stubber) -> None:
        stub.add_response("get_account", {**GOOD_ACCOUNT, **changes})
        stub.add_response("get_email_identity", VERIFIED, {"EmailIdentity": "approvals@example.com"})

    return prepare


def test_ses_in_order() -> None:
    assert said(iter(ses(account()))) == [
        ("ok", "mail: SES is out of its sandbox"),
        ("ok", "mail: approvals@example.com is verified in SES"),
    ]


@pytest.mark.parametrize(
    ("changes", "state", "what"),
    [
        ({"ProductionAccessEnabled": False}, "fail", "mail: SES is in its sandbox"),
        ({"SendingEnabled": False}, "fail", "mail: SES has paused"),
        ({"EnforcementStatus": "PROBATION"}, "warn", "mail: SES has put this account under PROBATION"),
    ],
)
def test_an_account_that_may_not_send_freely(changes: dict[str, Any], state: str, what: str) -> None:
    assert found(iter(ses(account(**changes))), what).state == state


def test_the_domain_may_be_verified_instead_of_the_address() -> None:
    def prepare(stub: Stubber) -> None:
        stub.add_response("get_account", GOOD_ACCOUNT)
        stub.add_client_error("get_email_identity", "NotFoundException")
        stub.add_response("get_email_identity", VERIFIED, {"EmailIdentity": "example.com"})

    assert ses(prepare)[1] == ok("mail: example.com is verified in SES")


def test_who_may_not_look_at_ses_may_send_all_the_same() -> None:
    def prepare(stub: Stubber) -> None:
        stub.add_client_error("get_account", "AccessDeniedException")
        stub.add_client_error("get_email_identity", "AccessDeniedException")

    assert [line.state for line in ses(prepare)] == ["warn", "warn"]


@pytest.mark.parametrize("known", [[], ["example.com"]])
def test_a_sender_that_is_not_verified(aws: LocalAws, known: list[str]) -> None:
    """On the local SES, where what was just added waits for its verification."""
    for name in known:
        aws.client("sesv2").create_email_identity(EmailIdentity=name)
    line = found(mail.check(settings(mail_url="ses:"), Clients()), "mail: neither approvals@example.com nor its domain")
    assert (line.state, line.mend) == ("fail", "verify one of them in this Region")


# keys


def kept(**given: str) -> list[Line]:
    return list(keys.check(settings(**given)))


def api_keys(count: int) -> str:
    return ",".join(entry(f"key-{n}", ["read"], f"apk_{n}") for n in range(count))


@pytest.mark.parametrize(("count", "state"), [(0, "ok"), (1, "warn"), (2, "ok")])
def test_keys_that_are_long_enough_and_can_be_changed(count: int, state: str) -> None:
    assert [line.state for line in kept(api_keys=api_keys(count))] == ["ok", "ok", state]


def test_callers_that_iam_knows_need_no_keys() -> None:
    assert kept(api_auth="iam")[2] == ok("API keys: none are needed, callers are known by IAM")


@pytest.mark.parametrize(
    ("given", "what", "mend"),
    [
        ({"signing_keys": "a" * 43}, "signing keys: one can be guessed", "approvals key new signing"),
        ({"sealing_keys": "c2hvcnQ="}, "sealing keys: key 1 of 1 has 5 bytes", "approvals key new sealing"),
    ],
)
def test_keys_that_are_none(given: dict[str, str], what: str, mend: str) -> None:
    line = found(iter(kept(**given)), what)
    assert (line.state, line.mend) == ("fail", mend)
    assert not any(value in line.what for value in given.values())


def sealed(key_id: str) -> Line:
    [line] = keys.kms(settings(kms_key_id=key_id), Clients())
    return line


def test_a_kms_key_seals_and_opens(aws: LocalAws) -> None:
    key_id = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert sealed(key_id) == ok("KMS key: seals and opens")
    assert sealed("alias/nothing").state == "fail"
    for operation in ("Encrypt", "Decrypt"):
        aws.faults.next(operation, AccessDenied())
        assert sealed(key_id).mend == f"allow kms:{operation} on the key to the gateway's role"


# the public address


@pytest.fixture
def serve() -> Generator[Callable[[Any], str]]:
    """Serves an application on loopback; gives its address."""
    servers = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def reached(url: str) -> tuple[Line, Line]:
    scheme, reachable = web.check(settings(public_url=url))
    return scheme, reachable


def test_a_gateway_finds_itself_at_its_address(serve: Callable[[Any], str], sqlite_url: str) -> None:
    world = World(sqlite_url)
    scheme, reachable = reached(serve(create_app(world.gateway)))
    assert (scheme.state, "https" in scheme.mend) == ("warn", True)
    assert reachable == ok("public URL: leads to a gateway")
    world.close()


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [("200 OK", b"hello", "something else answers"), ("502 Bad Gateway", b"", "/healthz answers 502")],
)
def test_an_address_that_leads_elsewhere(serve: Callable[[Any], str], status: str, body: bytes, what: str) -> None:
    def other(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    line = reached(serve(other))[1]
    assert (line.state, what in line.what) == ("warn", True)


@pytest.mark.parametrize(
    ("url", "state"), [("https://127.0.0.1:1", "ok"), ("http://127.0.0.1:1", "warn"), ("http://0.0.0.0:1", "fail")]
)
def test_an_address_is_https(url: str, state: str) -> None:
    scheme, reachable = reached(url)
    assert (scheme.state, reachable.state) == (state, "warn")


@pytest.mark.parametrize(("lifetime", "state"), [("7d", "ok"), ("1d", "warn")])
def test_links_that_end_before_the_approval(lifetime: str, state: str) -> None:
    [line] = web.lifetimes(settings(link_lifetime=lifetime))
    assert (line.state, "APPROVALS_LINK_LIFETIME" in line.mend) == (state, state == "warn")


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("people:\n  ana: {email: ana@example.com}\n", ["ok"]),
        ("people:\n  ana: {mail: ana@example.com}\ngruops: {}\n", ["fail", "fail"]),
    ],
)
def test_the_directory_file(tmp_path: Path, text: str, states: list[str]) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(text, encoding="utf-8")
    assert [line.state for line in web.directory(settings(directory=str(path)), Clients())] == states
    assert [line.state for line in web.directory(settings(directory=str(tmp_path / "none")), Clients())] == ["fail"]
    assert list(web.directory(settings(), Clients())) == []


# all together


def test_no_check_stops_another() -> None:
    release = threading.Event()

    def hangs() -> list[Line]:
        release.wait(10)
        return []

    def breaks() -> Iterator[Line]:
        yield ok("first")
        raise RuntimeError(SECRET)

    lines = list(run({"one": hangs, "two": breaks, "three": lambda: [ok("third")]}, seconds=0.2))
    release.set()
    assert [line.what for line in lines] == [
        "one: no answer within 0.2 s", "first", "a check ended with RuntimeError", "third"
    ]  # fmt: skip
    assert [line.state for line in lines] == ["fail", "ok", "fail", "ok"]


@pytest.mark.parametrize(
    ("given", "looks"),
    [
        ({}, False),
        ({"queue_url": "https://q"}, True),
        ({"mail_url": "ses:"}, True),
        ({"kms_key_id": "k"}, True),
        ({"directory": "s3://people/approvals.yml"}, True),
        ({"activities": "arn:aws:states:eu-central-1:123456789012:activity:ask"}, True),
    ],
)
def test_aws_is_looked_at_where_something_of_it_is_set_up(
    given: dict[str, str], looks: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    made = settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", **given)

    def lines(*, with_aws: bool = False) -> list[str]:
        made_by = examine(made, clock=wiring.system_clock, clients=Clients(), with_aws=with_aws)
        return [line.what for line in made_by]

    assert any("AWS identity" in what for what in lines()) == looks
    assert any("AWS identity" in what for what in lines(with_aws=True))


def doctor(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *words: str) -> Result:
    with monkeypatch.context() as patched:
        for name, value in variables.items():
            patched.setenv(name, value)
        return CliRunner().invoke(approvals, ["doctor", *words])


def test_a_whole_deployment_in_order(
    aws: LocalAws, smtp: SmtpServer, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(aws, "dead")
    variables = environ(
        database_url=migrated_url, public_url="https://127.0.0.1:1", queue_url=queue(aws, **GOOD_QUEUE),
        kms_key_id=aws.client("kms").create_key()["KeyMetadata"]["KeyId"], mail_url=f"smtp://{smtp.host}:{smtp.port}",
    )  # fmt: skip
    done = doctor(monkeypatch, variables)
    assert done.exit_code == 0, done.output
    [line] = [line for line in done.stdout.splitlines() if not line.startswith("ok    ")]
    what, _, mend = line.partition("  — ")
    assert what == "warn  public URL: cannot be reached from here (ConnectionRefusedError)"
    assert mend == "start the gateway, or look from outside"
    assert variables["APPROVALS_SIGNING_KEYS"] not in done.output


def test_a_failure_is_the_exit_code_and_json_is_for_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctor(monkeypatch, environ(database_url="sqlite:///none.db"), "--json")
    lines = json.loads(done.stdout)
    assert done.exit_code == 1
    assert lines[0] == {"state": "ok", "what": "settings: all can be read", "mend": ""}
    assert lines[1]["mend"] == "approvals db upgrade"


def test_settings_that_cannot_be_read_are_all_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctor(monkeypatch, {**environ(), "APPROVALS_QUEUE": "x", "APPROVALS_WEB_THREADS": "many"})
    assert done.exit_code == 1
    assert [line.partition("  —")[0] for line in done.stdout.splitlines()] == [
        "fail  settings: APPROVALS_QUEUE is no setting; did you mean APPROVALS_QUEUE_URL?",
        "fail  settings: APPROVALS_WEB_THREADS must be a whole number",
    ]
