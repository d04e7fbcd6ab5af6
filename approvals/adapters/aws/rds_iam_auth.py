"""IAM authentication for RDS: the password is a signed URL, valid for 15 minutes, created for each connection."""

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
    """Creates passwords for one database and user. The Region comes from the endpoint's name, or else from `region`."""

    def __init__(self, clients: Clients, *, url: str, region: str | None) -> None:
        self._clients, self._url = clients, sa.make_url(url)
        found = _ENDPOINT.search(self._url.host or "")
        self._region = found[1] if found else region

    def password(self) -> str:
        """Return a new password. Raises botocore's errors without credentials or a Region."""
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
        """Return the database's URL with a new password, to connect at once."""
        url = self._url.set(password=self.password())
        if "sslmode" not in url.query:
            url = url.update_query_dict({"sslmode": "require"})
        return url.render_as_string(hide_password=False)
