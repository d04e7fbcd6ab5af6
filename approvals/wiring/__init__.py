"""Wiring: connect flows and adapters as the settings say. `build` makes the gateway."""

from approvals.wiring.aws import fetch_secret, sns_signatures
from approvals.wiring.channels import CONSOLE, slack_api
from approvals.wiring.clock_and_ids import new_id, system_clock
from approvals.wiring.database import database_url, open_database
from approvals.wiring.gateway import build, people_fingerprint, proof_of, vault_of
from approvals.wiring.threads import background, pooled

__all__ = [
    "CONSOLE", "background", "build", "database_url", "fetch_secret", "new_id", "open_database", "people_fingerprint",
    "pooled", "proof_of", "slack_api", "sns_signatures", "system_clock", "vault_of",
]  # fmt: skip
