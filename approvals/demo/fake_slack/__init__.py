"""A stand-in for Slack, on loopback: its Web API, its rules and the people who press its buttons.

Modelled from Slack's published documentation and never compared with Slack itself: README.md says what that leaves
open.
"""

from approvals.demo.fake_slack.server import LocalSlack

__all__ = ["LocalSlack"]
