"""The demo's Slack lookalike: a pane that shows what the stand-in for Slack was told, and lets people act in it."""
