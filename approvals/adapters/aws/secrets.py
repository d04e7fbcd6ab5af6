"""Secrets by ARN, from Secrets Manager or the Parameter Store of SSM. No error contains a secret."""

import json
import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients

ATTEMPTS = 3
_ARN = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager|ssm):([a-z0-9-]+):\d{12}:(secret:[^:]+|parameter/[^:]+)(?::([^:]+)::)?"
)
_FORMS = (
    "must be arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, the same followed by :KEY:: for one key of a JSON"
    " secret, or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"
)
_PERMISSION = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameter"}


class CannotRead(ValueError):
    """A secret that cannot be read. The text names the ARN and the fix."""


class Secrets:
    """Reads secrets and caches them; create a new object to read them again."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._fetched: dict[str, str] = {}

    def text(self, arn: str) -> str:
        """Return the text of a secret. Raises CannotRead."""
        match = _ARN.fullmatch(arn)
        if match is None:
            raise CannotRead(f"has no ARN of a secret: {arn} {_FORMS}")
        service, region, _, key = match.groups()
        whole = arn.removesuffix(f":{key}::") if key else arn
        if whole not in self._fetched:
            self._fetched[whole] = self._fetch(whole, service, region)
        return _value(self._fetched[whole], key, arn) if key else self._fetched[whole]

    def _fetch(self, arn: str, service: str, region: str) -> str:
        try:
            client = self._clients.get(service, region=region, attempts=ATTEMPTS)
            return _from_secrets_manager(client, arn) if service == "secretsmanager" else _from_ssm(client, arn)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise CannotRead(f"cannot be read from {arn} ({code}): {_mend(code, service)}") from None
        except BotoCoreError as error:
            raise CannotRead(f"cannot be read from {arn}: AWS does not answer ({type(error).__name__})") from None


def _from_secrets_manager(client: Any, arn: str) -> str:
    answer = client.get_secret_value(SecretId=arn)
    if "SecretString" not in answer:
        raise CannotRead(f"cannot be read from {arn}: it is binary, and must be text")
    return str(answer["SecretString"])


def _from_ssm(client: Any, arn: str) -> str:
    return str(client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"])


def _value(text: str, key: str, arn: str) -> str:
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise CannotRead(f"cannot be read from {arn}: the secret is not a JSON object with the key {key}") from None


def _mend(code: str, service: str) -> str:
    if code in ("ResourceNotFoundException", "ParameterNotFound"):
        return "it does not exist; create it, or correct the ARN"
    if code.startswith(("AccessDenied", "Decryption")):
        return f"allow {_PERMISSION[service]} to the gateway's role, and kms:Decrypt where a key of yours encrypts it"
    return "see AWS's documentation of this error"
