"""A fake Slack on loopback: its Web API, its validation rules and the people who use it.

Modelled on Slack's published documentation and never compared with the real Slack; README.md lists the open questions.
"""

from approvals.demo.fake_slack.server import LocalSlack

__all__ = ["LocalSlack"]
