"""Events are signed and retried; forged requests fail verification."""

import json

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier

from approvals.demo.fake_slack.interactions import app_events
from approvals.demo.fake_slack.interactions.forged_requests import FORGERIES
from approvals.demo.fake_slack.transport import signed_requests
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest
from tests.support.slack.workspace import CastSlack


class App:
    """An app that returns its responses in order and repeats the last."""

    def __init__(self, *answers: AppResponse) -> None:
        self.answers = list(answers)
        self.posts: list[SlackRequest] = []

    def __call__(self, post: SlackRequest) -> AppResponse:
        self.posts.append(post)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


TAKEN = AppResponse(status=200)


def test_an_address_is_verified_by_its_challenge(slack: CastSlack) -> None:
    def echo(post: SlackRequest) -> AppResponse:
        return AppResponse(status=200, body=json.loads(post.body)["challenge"].encode())

    assert app_events.verify_url(slack.state, send=echo)
    assert not app_events.verify_url(slack.state, send=App(AppResponse(status=200, body=b"hello")))


def test_uninstalling_voids_the_token_and_tells_so(slack: CastSlack) -> None:
    app = App(TAKEN)
    app_events.uninstall(slack.state, slack.team, send=app)
    told = [json.loads(post.body) for post in app.posts]
    assert [each["event"]["type"] for each in told] == ["tokens_revoked", "app_uninstalled"]
    assert {each["team_id"] for each in told} == {"T0ACME"}
    with pytest.raises(SlackApiError, match="account_inactive"):
        slack.client().auth_test()


@pytest.mark.parametrize(
    ("answers", "reasons"),
    [
        ([TAKEN], []),
        ([AppResponse(status=500), TAKEN], ["http_error"]),
        ([AppResponse(status=200, seconds=3.5), AppResponse(status=0), TAKEN], ["http_timeout", "connection_failed"]),
        ([AppResponse(status=500)], ["http_error"] * 3),
        ([AppResponse(status=500, headers={"x-slack-no-retry": "1"})], []),
    ],
)
def test_an_event_comes_again_three_times_at_most(
    slack: CastSlack, answers: list[AppResponse], reasons: list[str]
) -> None:
    app = App(*answers)
    app_events.revoke_tokens(slack.state, slack.team, send=app)
    again = [(post.headers["X-Slack-Retry-Num"], post.headers["X-Slack-Retry-Reason"]) for post in app.posts[1:]]
    assert again == [(str(number), reason) for number, reason in enumerate(reasons, start=1)]
    assert len({post.body for post in app.posts}) == 1


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_passes_for_slacks_own(slack: CastSlack, name: str) -> None:
    state = slack.state
    post = signed_requests.event_request({"type": "event_callback"}).signed(
        secret=state.signing_secret, at=state.seconds
    )
    assert verified(post, slack)
    assert not verified(FORGERIES[name](post, state), slack)


def verified(post: SlackRequest, slack: CastSlack) -> bool:
    class Now(Clock):
        def now(self) -> float:
            return slack.state.seconds

    try:
        return SignatureVerifier(slack.state.signing_secret, Now()).is_valid_request(post.body, dict(post.headers))
    except (TypeError, ValueError):
        return False
