"""The doctor on a whole deployment with one fault in it: each is found, with its fix, and nothing else is.

`make test ARGS="-s -n 0 tests/entrypoints/doctor/test_faults.py"` prints the table.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.demo.stepfunctions.faults import AccessDenied, error_response
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.app import app_of
from approvals.entrypoints.doctor.examination import examine
from approvals.entrypoints.doctor.result import CheckLine
from approvals.entrypoints.server import migrations
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings
from tests.builders import a_submission
from tests.entrypoints.doctor.examining import GOOD_QUEUE, environ, queue
from tests.support.mail.smtp import SmtpServer, make_certificate

PEOPLE = "people:\n  ana: {email: ana@example.com}\n  ben: {email: %s@example.com}\n"


@dataclass(kw_only=True)
class Deployment:
    """A gateway on loopback with its database, queue, key, mail server and directory file. All of it is in order."""

    aws: LocalAws
    folder: Path
    smtp: SmtpServer
    given: dict[str, str] = field(default_factory=dict)
    apps: list[Any] = field(default_factory=list)
    requests: int = 0
    clock_ahead: float = 0

    @property
    def settings(self) -> Settings:
        return Settings.from_env(environ(**self.given))

    def app(self, environ_: Any, start_response: Any) -> Any:
        """Answer by the processes in turn, as a load balancer does."""
        self.requests += 1
        return self.apps[self.requests % len(self.apps)](environ_, start_response)

    def process(self, **changes: str) -> Any:
        """One more process, with other settings."""
        changed = Settings.from_env(environ(**{**self.given, **changes}))
        return app_of(changed, wiring.build(changed, clients=Clients()))

    def database(self, statement: Any) -> None:
        with Database(self.given["database_url"]).engine.begin() as connection:
            connection.execute(statement)

    def lines(self) -> list[CheckLine]:
        def clock() -> Any:
            return wiring.system_clock() + timedelta(seconds=self.clock_ahead)

        return list(examine(self.settings, clock=clock, clients=Clients()))


@pytest.fixture
def deployment(aws: LocalAws, smtp: SmtpServer, tmp_path: Path) -> Generator[Deployment]:
    found = Deployment(aws=aws, folder=tmp_path, smtp=smtp)
    server = make_server("127.0.0.1", 0, found.app)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    queue(aws, "dead")
    (tmp_path / "approvals.yml").write_text(PEOPLE % "ben")
    found.given = {
        "database_url": f"sqlite:///{tmp_path / 'approvals.db'}", "public_url": f"http://127.0.0.1:{server.server_port}",
        "signing_keys": new_signing_key(), "queue_url": queue(aws, **GOOD_QUEUE),
        "kms_key_id": aws.client("kms").create_key()["KeyMetadata"]["KeyId"],
        "mail_url": f"smtp://{smtp.host}:{smtp.port}?starttls=no", "directory": str(tmp_path / "approvals.yml"),
    }  # fmt: skip
    migrations.upgrade(found.given["database_url"])
    (tmp_path / "approvals.db").chmod(0o600)
    gateway = wiring.build(found.settings, clients=Clients())
    gateway.submit(a_submission(), caller="test")
    found.apps = [app_of(found.settings, gateway)]
    yield found
    server.shutdown()
    server.server_close()


def _settings(**given: str) -> Callable[[Deployment], None]:
    return lambda deployment: deployment.given.update(given)


def _unmigrated(deployment: Deployment) -> None:
    deployment.database(sa.text("UPDATE alembic_version SET version_num = '0001'"))


def _newer(deployment: Deployment) -> None:
    deployment.database(sa.text("UPDATE alembic_version SET version_num = '9999'"))


def _broken_directory(deployment: Deployment) -> None:
    (deployment.folder / "approvals.yml").write_text("people: [")


def _no_callbacks(deployment: Deployment) -> None:
    deployment.aws.faults.next("SendTaskSuccess", AccessDenied())


def _no_queue(deployment: Deployment) -> None:
    deployment.given["queue_url"] += "-none"


def _clock(deployment: Deployment) -> None:
    deployment.clock_ahead = 290


def _kms_denied(deployment: Deployment) -> None:
    deployment.aws.faults.next("Encrypt", AccessDenied())


def _another_key_ring(deployment: Deployment) -> None:
    del deployment.given["kms_key_id"]
    deployment.given["sealing_keys"] = new_sealing_key()


def _mixed_keys(deployment: Deployment) -> None:
    deployment.apps.append(deployment.process(signing_keys=new_signing_key()))


def _other_deployment(deployment: Deployment) -> None:
    deployment.apps = [deployment.process(signing_keys=new_signing_key())]


def _dead_letter(deployment: Deployment) -> None:
    client = deployment.aws.client("sqs")
    client.send_message(QueueUrl=client.get_queue_url(QueueName="dead")["QueueUrl"], MessageBody="?")


def _silent_sweeper(deployment: Deployment) -> None:
    ago = wiring.system_clock() - timedelta(minutes=20)
    deployment.database(sa.update(tables.approvals).values(next_action_at=ago))


def _other_directory(deployment: Deployment) -> None:
    deployment.database(sa.update(tables.approvals).values(directory="f" * 64))


def _kms(code: str, message: str = "") -> Callable[[Deployment], None]:
    def fault(deployment: Deployment) -> None:
        """Refuse the probe of the key check, and the token of the approval."""
        for operation in ("Encrypt", "Decrypt"):
            deployment.aws.faults.next(operation, lambda _: error_response("400 Bad Request", code, message))

    return fault


def _tls_from_the_start(deployment: Deployment) -> None:
    certificate, key = make_certificate(deployment.folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
    threading.Thread(target=_handshakes, args=(listener,), daemon=True).start()
    deployment.given["mail_url"] = f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def _handshakes(listener: ssl.SSLSocket) -> None:
    while True:
        try:
            listener.accept()[0].close()
        except ssl.SSLError:
            continue
        except OSError:
            return


def _smtps_to_a_plain_port(deployment: Deployment) -> None:
    deployment.given["mail_url"] = f"smtps://{deployment.smtp.host}:{deployment.smtp.port}"


def _refused_callback(deployment: Deployment) -> None:
    row = {"lane": "callback", "failure": "denied", "detail": "AWS refuses SendTaskSuccess", "attempts": 3}
    first = sa.select(sa.func.min(tables.outbox.c.key)).scalar_subquery()
    deployment.database(sa.update(tables.outbox).where(tables.outbox.c.key == first).values(**row))


FAULTS: dict[str, tuple[Callable[[Deployment], None], str, str]] = {
    "database away": (
        _settings(database_url="postgresql+psycopg://x@127.0.0.1:1/x"),
        "database: cannot be reached",
        "APPROVALS_DATABASE_URL",
    ),
    "database not migrated": (_unmigrated, "database: at 0001, the newest is", "approvals db upgrade"),
    "database of a newer release": (_newer, "database: at 9999", "install the release"),
    "signing key that can be guessed": (
        _settings(signing_keys="a" * 43),
        "signing keys: one can be guessed",
        "approvals key new signing",
    ),
    "public URL that nobody serves": (
        _settings(public_url="https://127.0.0.1:1"),
        "public URL: cannot be reached",
        "start the gateway",
    ),
    "clock wrong": (_clock, "clock: 2", "NTP"),
    "KMS denied": (_kms_denied, "KMS key: cannot encrypt: AWS denies", "allow kms:Encrypt"),
    "directory file broken": (_broken_directory, "directory: ", "fix the file"),
    "mail server away": (
        _settings(mail_url="smtp://127.0.0.1:1"),
        "mail: 127.0.0.1:1 cannot be reached",
        "APPROVALS_MAIL_URL",
    ),
    "callbacks denied by IAM": (_no_callbacks, "SendTaskSuccess: AWS denies", "allow states:SendTaskSuccess"),
    "queue that does not exist": (_no_queue, "queue: no queue has this URL", "APPROVALS_QUEUE_URL"),
    "key ring that does not fit": (_another_key_ring, "task tokens: that of approval", "APPROVALS_SEALING_KEYS"),
    "signing keys that differ": (
        _mixed_keys,
        "signing keys: differ between processes",
        "the same APPROVALS_SIGNING_KEYS",
    ),
    "public URL of another deployment": (
        _other_deployment,
        "public URL: leads to another deployment",
        "APPROVALS_PUBLIC_URL",
    ),
    "dead-letter queue not empty": (
        _dead_letter,
        "queue: submissions that could not be taken in: 1",
        "start-message-move-task",
    ),
    "sweeper silent": (
        _silent_sweeper,
        "sweeper: a reminder, escalation or deadline has been due for 20 min",
        "approvals worker",
    ),
    "directories that differ": (_other_directory, "directory: processes have another file", "APPROVALS_DIRECTORY"),
    "KMS key disabled": (_kms("DisabledException"), "KMS key: is disabled", "enable-key"),
    "KMS key pending deletion": (
        _kms("KMSInvalidStateException", "arn is pending deletion."),
        "KMS key: is pending deletion",
        "cancel-key-deletion",
    ),
    "smtps to a plain port": (_smtps_to_a_plain_port, "mail: 127.0.0.1:", "smtp://"),
    "STARTTLS to a TLS port": (_tls_from_the_start, "mail: 127.0.0.1:", "smtps://"),
    "callback that is refused": (_refused_callback, "delivery: 1 callback fails (denied; ", "give the permission"),
}


def problems(lines: list[CheckLine]) -> list[CheckLine]:
    return [
        line for line in lines if line.state != "ok" and not line.what.endswith("can be reached from this machine only")
    ]


def test_a_deployment_that_is_in_order_has_no_problem(deployment: Deployment) -> None:
    assert problems(deployment.lines()) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_its_fix_is_named(name: str, deployment: Deployment) -> None:
    break_it, what, fix = FAULTS[name]
    break_it(deployment)
    found = problems(deployment.lines())
    [line] = [line for line in found if line.what.startswith(what)] or found
    print(f"\n{name:34} {line.state:4}  {line.what}\n{'':40}{line.fix}")  # noqa: T201 the table
    assert (line.what.startswith(what), fix in line.fix) == (True, True), found
