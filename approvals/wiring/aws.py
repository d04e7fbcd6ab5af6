"""What entry points use of AWS: the text of a secret, the signatures of SNS."""

from typing import TYPE_CHECKING

from approvals.adapters.aws.clients import Clients
from approvals.settings.environment import Settings
from approvals.wiring.clock_and_ids import system_clock

if TYPE_CHECKING:
    from approvals.adapters.aws.sns_signature import SnsSignatures


def fetch_secret(arn: str) -> str:
    """Return the text of a secret of AWS, for `Settings.from_env`. Raises ValueError."""
    from approvals.adapters.aws.secrets import Secrets

    return Secrets(Clients()).text(arn)


def sns_signatures(settings: Settings) -> "SnsSignatures | None":
    """Return the verifier of SNS messages over HTTPS, or None if no topic is allowed."""
    if not settings.sns_topics:
        return None
    from approvals.adapters.aws.https_fetch import Fetching
    from approvals.adapters.aws.sns_signature import SnsSignatures

    return SnsSignatures(Fetching(), clock=system_clock)
