"""An archive in S3. A put is durable once it is answered, and S3 refuses content that does not match its checksum."""

import base64
import hashlib

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients
from approvals.domain.model.errors import NotArchived

ATTEMPTS = 3


class S3Archive:
    """Implements Archive."""

    def __init__(self, clients: Clients, *, bucket: str, prefix: str, region: str | None) -> None:
        self._clients, self._bucket, self._region = clients, bucket, region
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def store(self, name: str, content: bytes) -> None:
        try:
            self._clients.get("s3", region=self._region, attempts=ATTEMPTS).put_object(
                Bucket=self._bucket,
                Key=f"{self._prefix}{name}",
                Body=content,
                ContentType="application/x-ndjson",
                ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
            )
        except (ClientError, BotoCoreError) as error:
            raise NotArchived(f"s3://{self._bucket}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if not isinstance(error, ClientError):
        return f"AWS does not answer ({type(error).__name__})"
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    if code.startswith("AccessDenied"):
        return f"{code}: allow s3:PutObject to the gateway's role, and kms:GenerateDataKey where a key encrypts it"
    return code
