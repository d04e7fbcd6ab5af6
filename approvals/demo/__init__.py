"""The demo: Step Functions, SQS, mail, Slack and the gateway on loopback, with a page to drive them."""
