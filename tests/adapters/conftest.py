"""Fixtures for the tests of the adapters."""

from collections.abc import Generator

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.adapters.slack.users import SlackPeople
from tests.support.aws.callbacks import Aws, an_aws
from tests.support.slack.workspace import CastSlack


@pytest.fixture
def aws() -> Generator[Aws]:
    with an_aws() as aws:
        yield aws


@pytest.fixture
def channel(slack: CastSlack) -> SlackChannel:
    """Slack takes whatever comes: how fast that may be is ours to keep."""
    slack.state.limits.enabled = False
    api = SlackApi({slack.team.id: slack.team.token}, url=slack.url, clock=slack.clock, seconds=2)
    return SlackChannel(api, conversations=SlackConversations(api, people=SlackPeople(api)), clock=slack.clock)
