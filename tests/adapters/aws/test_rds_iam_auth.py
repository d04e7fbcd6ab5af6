"""IAM logins: the token is the one that botocore's own RDS client makes, and it is the password of each connection."""

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from botocore.session import Session

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.rds_iam_auth import RdsLogin
from approvals.domain.model.errors import Misconfigured, Unavailable
from approvals.settings.environment import Settings

HOST = "db.abc.eu-west-1.rds.amazonaws.com"
URL = f"postgresql+psycopg://gateway@{HOST}:5433/approvals"
REQUIRED = {"APPROVALS_SIGNING_KEYS": "s" * 32, "APPROVALS_SEALING_KEYS": "x", "APPROVALS_DATABASE_IAM": "true"}


def _parts(token: str) -> dict[str, str]:
    """What is in a token, but for the moment and what depends on it."""
    address, _, query = token.partition("?")
    found = dict(part.split("=", 1) for part in query.split("&"))
    return {"address": address, **{k: v for k, v in found.items() if k not in ("X-Amz-Date", "X-Amz-Signature")}}


def test_the_token_is_what_botocores_rds_client_makes() -> None:
    client = Session().create_client("rds", region_name="eu-west-1")
    theirs = client.generate_db_auth_token(HOST, 5433, "gateway", Region="eu-west-1")
    ours = RdsLogin(Clients(), url=URL, region="us-east-1").password()
    assert _parts(ours) == _parts(theirs)
    assert "X-Amz-Signature=" in ours


def test_without_the_endpoints_name_the_region_is_that_of_the_settings() -> None:
    token = RdsLogin(
        Clients(), url="postgresql+psycopg://gateway@db.internal/approvals", region="eu-north-1"
    ).password()
    assert "eu-north-1%2Frds-db" in token
    assert token.startswith("db.internal:5432/?Action=connect&DBUser=gateway&")


def test_each_new_connection_gets_a_token_and_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def connect(*_: Any, **parameters: Any) -> None:
        asked.append(parameters)
        raise psycopg.OperationalError("nobody is there")

    monkeypatch.setattr(psycopg, "connect", connect)
    monkeypatch.setattr(psycopg.Connection, "connect", connect)
    settings = Settings.from_env({**REQUIRED, "APPROVALS_DATABASE_URL": URL})
    database = wiring.open_database(settings, Clients(), pool_size=1)
    with pytest.raises(Unavailable, match="nobody is there"), database.read():
        pass
    [parameters] = asked
    assert parameters["password"].startswith(f"{HOST}:5433/?Action=connect&DBUser=gateway")
    assert parameters["sslmode"] == "require"


def test_migrations_connect_with_a_token_in_the_url() -> None:
    url = sa.make_url(wiring.database_url(Settings.from_env({**REQUIRED, "APPROVALS_DATABASE_URL": URL})))
    assert (url.username, url.host, url.query) == ("gateway", HOST, {"sslmode": "require"})
    assert (url.password or "").startswith(f"{HOST}:5433/?Action=connect")


def test_there_is_no_iam_for_sqlite() -> None:
    with pytest.raises(Misconfigured, match="APPROVALS_DATABASE_IAM needs"):
        Settings.from_env(REQUIRED)
