"""Logging in to RDS by IAM: the password is a signed address that is good for 15 minutes, made anew to connect."""

import re
from typing import Any

import sqlalchemy as sa
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError, NoRegionError

from approvals.adapters.aws.clients import Clients

GOOD_FOR_SECONDS = 900
_ENDPOINT = re.compile(r"\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com")


class RdsLogin:
    """The tokens for one database and user; the Region is in the name of its endpoint, or given."""

    def __init__(self, clients: Clients, *, url: str, region: str | None) -> None:
        self._clients, self._url = clients, sa.make_url(url)
        found = _ENDPOINT.search(self._url.host or "")
        self._region = found[1] if found else region

    def password(self) -> str:
        """Raises what botocore raises where there are no credentials or no Region."""
        region, credentials = self._region or self._clients.region, self._clients.credentials()
        if region is None:
            raise NoRegionError
        if credentials is None:
            raise NoCredentialsError
        query = {"Action": "connect", "DBUser": self._url.username}
        request: Any = AWSRequest(method="GET", url=f"https://{self._url.host}:{self._url.port or 5432}/", params=query)
        SigV4QueryAuth(credentials, "rds-db", region, expires=GOOD_FOR_SECONDS).add_auth(request)
        return str(request.prepare().url).removeprefix("https://")

    def signed_url(self) -> str:
        """The database's URL with such a password in it, to connect at once."""
        url = self._url.set(password=self.password())
        if "sslmode" not in url.query:
            url = url.update_query_dict({"sslmode": "require"})
        return url.render_as_string(hide_password=False)
