"""A whole world on loopback: Step Functions, SQS, mail, the gateway and a page to drive it."""
