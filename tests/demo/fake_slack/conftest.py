"""Fixtures for the tests of the fake Slack."""

import pytest
from slack_sdk import WebClient

from tests.support.slack.workspace import CastSlack


@pytest.fixture
def client(slack: CastSlack) -> WebClient:
    return slack.client()
