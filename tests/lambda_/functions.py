"""The zip as Lambda runs it: AWS's emulator, AWS's runtime client, and no library but the zip's and the runtime's own.

`HttpApi` and `from_queue` keep the rules of the services that stand before a function.
"""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.aws.state_machines import eventually
from tests.support.processes.ports import unused_port

REGION = "us-east-1"
INVOKE = "/2015-03-31/functions/function/invocations"
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")


class FunctionFailed(Exception):
    """The function raised; `error` is what AWS says of it."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(f"{error['errorType']}: {error['errorMessage']}")


class Function:
    """One environment of one function."""

    def __init__(
        self, handler: str, *, runtime: Path, task: Path, environ: Mapping[str, str], log: Path, seconds: int = 60
    ) -> None:
        self.handler, self.log = handler, log
        self._port, api = unused_port(), unused_port()
        addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"]
        addresses += ["--runtime-api-address", f"127.0.0.1:{api}"]
        client = [sys.executable, "-S", "-s", "-m", "awslambdaric", f"approvals.entrypoints.lambdas.{handler}"]
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [runtime / "rie", *addresses, *client], cwd=task, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True, env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": f"{task}:{runtime / 'packages'}",
                    "PYTHONDONTWRITEBYTECODE": "1",  # /var/task cannot be written either
                    "LAMBDA_TASK_ROOT": str(task),
                    "AWS_LAMBDA_FUNCTION_NAME": f"approvals-{handler}",
                    "AWS_LAMBDA_FUNCTION_TIMEOUT": str(seconds),
                    "AWS_REGION": REGION,
                    "AWS_DEFAULT_REGION": REGION,
                    "AWS_ACCESS_KEY_ID": "local",
                    "AWS_SECRET_ACCESS_KEY": "local",
                    **environ,
                },
            )  # fmt: skip
        eventually(self._listens)

    def invoke(self, event: Any) -> Any:
        """What the function returns. Raises FunctionFailed."""
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{INVOKE}", json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.loads(response.read() or b"null")
        if isinstance(answer, dict) and "errorType" in answer:
            raise FunctionFailed(answer)
        return answer

    @property
    def init_milliseconds(self) -> float | None:
        """What AWS's emulator reports of INIT, once there was an invocation."""
        found = _INIT.search(self.log.read_text(errors="replace"))
        return float(found[1]) if found else None

    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON in its log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self) -> None:
        """The emulator and the runtime client that it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


class HttpApi:
    """An HTTP API before a function: it hands the path over decoded, splits cookies, and encodes what is no text."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def send(
        self, method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        answer = self._function.invoke(http_event(method, target, headers=headers or {}, body=body))
        content = answer.get("body") or ""
        raw = base64.b64decode(content) if answer.get("isBase64Encoded") else content.encode()
        return answer["statusCode"], {k.lower(): str(v) for k, v in answer["headers"].items()}, raw


def http_event(method: str, target: str, *, headers: Mapping[str, str], body: bytes = b"") -> dict[str, Any]:
    """Payload 2.0, as an HTTP API writes it: developer guide of API Gateway, "Lambda proxy integrations"."""
    path, _, query = target.partition("?")
    given = {name.lower(): value for name, value in headers.items()}
    cookies = [one.strip() for one in given.pop("cookie", "").split(";") if one.strip()]
    decoded = unquote(path)
    is_text = given.get("content-type", "").startswith(("text/", "application/json"))
    about = {"method": method, "path": decoded, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "tests"}
    event: dict[str, Any] = {
        "version": "2.0", "routeKey": "$default", "rawPath": decoded, "rawQueryString": query,
        "headers": {"host": "api.example.com", "x-forwarded-proto": "https", **given},
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "domainPrefix": "api",
            "http": about, "requestId": "request-1", "routeKey": "$default", "stage": "$default",
            "time": "02/Mar/2026:09:30:00 +0000", "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": bool(body) and not is_text,
    }  # fmt: skip
    if cookies:
        event["cookies"] = cookies
    if body:
        event["body"] = body.decode() if is_text else base64.b64encode(body).decode()
    return event


def from_queue(sqs: Any, url: str, function: Function) -> list[str]:
    """One batch of an event source mapping: what the function names is left, the rest deleted. Gives what is left."""
    got = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"]
    ).get("Messages", [])  # fmt: skip
    if not got:
        return []
    name = url.rsplit("/", 1)[-1]
    records = [
        {
            "messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"],
            "attributes": m["Attributes"], "messageAttributes": {}, "md5OfBody": m["MD5OfBody"],
            "eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{name}",
            "awsRegion": REGION,
        }
        for m in got
    ]  # fmt: skip
    left = [item["itemIdentifier"] for item in function.invoke({"Records": records})["batchItemFailures"]]
    for message in got:
        if message["MessageId"] not in left:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return left
