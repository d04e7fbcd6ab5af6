"""The response time to a button press in Slack while a callback takes two seconds; Slack waits three."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from approvals import wiring
from approvals.adapters.slack.blocks import message as slack_blocks
from approvals.adapters.slack.signature import sign
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake.submission_reader import submission
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from benchmarks.data.samples import a_submission
from benchmarks.load import request
from benchmarks.report import Row
from benchmarks.rounds import interleaved
from benchmarks.servers import start_gateway
from benchmarks.world import World

GOALS = ("slack-click",)
SECRET, TEAM, ANA = "a-signing-secret-for-benchmarks", "T0ACME", "U0ANA"
CALLBACK_SECONDS = 2.0
MOST = 400


def measure(world: World) -> list[Row]:
    """Measure presses that each settle an approval, and so make a callback."""
    slack = {
        "APPROVALS_SLACK_TOKENS": f"{TEAM}=xoxb-benchmark",
        "APPROVALS_SLACK_SIGNING_SECRETS": SECRET,
        "APPROVALS_SLACK_API_URL": f"{world.start_endpoint()}/api/",
    }
    url = world.new_database()
    slow = world.start_endpoint(seconds=CALLBACK_SECONDS)
    web = start_gateway(world, url, AWS_ENDPOINT_URL_SFN=slow, **slack)
    gateway = wiring.build(Settings.from_env(world.settings(url, **slack)))
    count = min(world.scale.requests, MOST)
    medians = []

    def once() -> float:
        tally = web.send(_presses(gateway, count), expect=200)
        medians.append(tally.p50_ms)
        return tally.p99_ms

    web.send(_presses(gateway, 50), expect=200)
    found = interleaved({"slack-click": once}, rounds=world.scale.rounds)
    note = f"p50 {sorted(medians)[len(medians) // 2]:.0f} ms; a callback takes {CALLBACK_SECONDS:g} s"
    return [Row(goal="slack-click", series=found["slack-click"], note=note)]


def _presses(gateway: Gateway, count: int) -> list[bytes]:
    asked = [submission({**a_submission(), "reviewers": [f"slack:{ANA}"]}) for _ in range(count)]
    return [_press(gateway, approval_id) for approval_id in _opened(gateway, asked)]


def _opened(gateway: Gateway, asked: Sequence[Submission]) -> Iterator[str]:
    """Submit approvals and yield their IDs."""
    for result in gateway.submit_all(asked, caller="benchmark"):
        if isinstance(result, Invalid):
            raise result
        yield result.approval_id


def _press(gateway: Gateway, approval_id: str) -> bytes:
    """Return a signed button press with the whole message, as Slack sends it, but without a response URL."""
    approval = gateway.approval(approval_id)
    blocks = slack_blocks.message(approval, event="asked", reviewer=approval.reviewers[0], link="/r/x").blocks
    payload = {
        "type": "block_actions", "team": {"id": TEAM}, "user": {"id": ANA, "team_id": TEAM}, "trigger_id": "1.2.x",
        "channel": {"id": "D0ANA"}, "container": {"type": "message", "channel_id": "D0ANA", "message_ts": "1.000001"},
        "message": {"ts": "1.000001", "blocks": blocks},
        "actions": [{"type": "button", "action_id": "answer:approve", "value": approval_id}],
    }  # fmt: skip
    body = urlencode({"payload": json.dumps(payload)}).encode()
    timestamp = str(int(gateway.now().timestamp()))
    return request(
        "POST", "/slack/interactions", body=body, content_type="application/x-www-form-urlencoded",
        x_slack_request_timestamp=timestamp, x_slack_signature=sign(body, secret=SECRET, timestamp=timestamp),
    )  # fmt: skip
