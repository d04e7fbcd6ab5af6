"""Invoking a handler as AWS does, with events as AWS writes them, and what it leaves behind."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lambda_.functions import http_event
from tests.support.wheel import ROOT

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


def recorded(name: str) -> Any:
    return json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text())


def batch(*bodies: Any) -> dict[str, Any]:
    [record] = recorded("lambda-sqs-batch")["Records"]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [{**record, "messageId": f"m{n}", "body": text} for n, text in enumerate(texts)]}


def left(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def counted(output: str) -> dict[str, float]:
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    found = defaultdict[str, float](float)
    for line in lines:
        [about] = line["_aws"]["CloudWatchMetrics"]
        assert all(set(dimensions) <= set(line) for dimensions in about["Dimensions"])
        for metric in about["Metrics"]:
            found[metric["Name"]] += line[metric["Name"]]
    return found


def call(http: Handler, *request: str, **more: Any) -> dict[str, Any]:
    method, target = request
    answer: dict[str, Any] = http(http_event(method, target, headers=more.pop("headers", {}), **more), Context())
    return answer
