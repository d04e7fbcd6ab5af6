# ruff: noqa: ANN001, ANN201, ANN204, BLE001, T201 - it follows no later rules
"""Runs the release before as a process of a rolling deployment: it does what it reads, one line of JSON at a time.

It runs with the unpacked archive beside it in PYTHONPATH, so every import is of that release, and no name here follows
a later one. To replace the archive with that of a later commit, see `tests/upgrade/older_process.py`.
"""

import base64
import json
import sys
from datetime import datetime
from pathlib import Path

import approvals
from tests.upgrade.gateway import Clock, Deployment

NEVER_MET = 500_000
"""The first number of its ids, beyond those of the other process."""


class Outside:
    """The outside of the test, by its address; mails are handed over with each answer."""

    def __init__(self, url):
        self.url, self.mails = url, []

    def mail(self, message, to):
        self.mails.append([to, base64.b64encode(message.as_bytes()).decode()])
        return 250


def main(url, directory, outside_url, now, home):
    assert Path(approvals.__file__).is_relative_to(home), "the code of the archive runs"
    clock, outside = Clock(datetime.fromisoformat(now)), Outside(outside_url)
    deployment = Deployment(url, directory=directory, clock=clock, outside=outside, first_id=NEVER_MET)
    for line in sys.stdin:
        order = json.loads(line)
        clock.now = datetime.fromisoformat(order.pop("now"))
        try:
            answer = done(deployment, order)
        except Exception as error:  # the test says what it means
            answer = {"raised": repr(error)}
        print(json.dumps({**answer, "now": clock.now.isoformat(), "mails": outside.mails}), flush=True)
        outside.mails = []
    deployment.close()


def done(deployment, order):
    match order.pop("do"):
        case "open":
            answer = deployment.client.open(**order)
            return {"status": answer.status_code, "text": answer.get_data(as_text=True)}
        case "work":
            deployment.work()
            return {}
        case "sweep":
            return {"count": deployment.gateway.sweep()}


main(*sys.argv[1:])
