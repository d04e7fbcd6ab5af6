"""The demo's Slack pane: shows the messages in the fake Slack, and lets people act in it."""
