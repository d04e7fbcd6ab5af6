"""Secrets of AWS: read once by ARN, from Secrets Manager and SSM; errors name what is missing, never a value."""

from collections.abc import Generator
from typing import Any

import pytest
from botocore.stub import Stubber

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.secrets import CannotRead, Secrets
from approvals.domain.model.errors import Misconfigured
from approvals.settings.environment import Settings

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:approvals/keys-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/approvals/keys"
KEY = "k" * 40
TEXT = {"SecretString": KEY}


class Services:
    """What each service answers in turn; a call that nobody foresaw is a failure."""

    def __init__(self) -> None:
        self.clients = Clients()
        self.stubs = {name: Stubber(self.client(name)) for name in ("secretsmanager", "ssm")}
        for stub in self.stubs.values():
            stub.activate()

    def client(self, name: str) -> Any:
        return self.clients.get(name, region="eu-west-1", attempts=3)

    def secret(self, answer: dict[str, Any]) -> None:
        self.stubs["secretsmanager"].add_response("get_secret_value", answer, {"SecretId": SECRET})

    def fails(self, service: str, operation: str, code: str) -> None:
        self.stubs[service].add_client_error(operation, code)

    def text(self, arn: str) -> str:
        return Secrets(self.clients).text(arn)


@pytest.fixture
def services() -> Generator[Services]:
    made = Services()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def _settings(services: Services, **more: str) -> Settings:
    environ = {"APPROVALS_SEALING_KEYS": "x", "APPROVALS_SIGNING_KEYS": KEY}
    return Settings.from_env({**environ, **more}, fetch=Secrets(services.clients).text)


def test_a_secret_is_read_from_secrets_manager(services: Services) -> None:
    services.secret(TEXT)
    assert services.text(SECRET) == KEY


def test_a_parameter_is_read_decrypted_from_ssm(services: Services) -> None:
    asked = {"Name": PARAMETER, "WithDecryption": True}
    services.stubs["ssm"].add_response("get_parameter", {"Parameter": {"Value": KEY}}, asked)
    assert services.text(PARAMETER) == KEY


def test_several_keys_of_one_secret_cost_one_call(services: Services) -> None:
    services.secret({"SecretString": '{"signing": "a", "sealing": "b"}'})
    secrets = Secrets(services.clients)
    assert [secrets.text(f"{SECRET}:{key}::") for key in ("signing", "sealing")] == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("ResourceNotFoundException", "it does not exist"),
        ("AccessDeniedException", "allow secretsmanager:GetSecretValue"),
        ("InternalServiceError", "see AWS's documentation"),
    ],
)
def test_a_secret_that_cannot_be_read_is_named_with_variable_arn_and_fix(
    services: Services, code: str, fix: str
) -> None:
    services.fails("secretsmanager", "get_secret_value", code)
    with pytest.raises(Misconfigured) as error:
        _settings(services, APPROVALS_API_KEYS_ARN=SECRET)
    for part in ("APPROVALS_API_KEYS cannot be read from", SECRET, code, fix):
        assert part in str(error.value)


def test_a_value_that_is_wrong_is_not_shown(services: Services) -> None:
    services.secret({"SecretString": '{"signing": "very-secret"}'})
    with pytest.raises(Misconfigured) as error:
        _settings(services, APPROVALS_SIGNING_KEYS="", APPROVALS_SIGNING_KEYS_ARN=f"{SECRET}:other::")
    assert "the key other" in str(error.value)
    assert "very-secret" not in str(error.value)


def test_a_binary_secret_is_refused(services: Services) -> None:
    services.secret({"SecretBinary": b"k"})
    with pytest.raises(CannotRead, match="binary"):
        services.text(SECRET)


@pytest.mark.parametrize("arn", ["approvals/keys", "arn:aws:s3:::bucket", SECRET + ":key"])
def test_what_is_no_arn_of_a_secret_is_refused_with_the_forms_that_are(services: Services, arn: str) -> None:
    with pytest.raises(CannotRead, match="arn:aws:ssm:REGION"):
        services.text(arn)


@pytest.mark.parametrize(
    ("secret", "address", "expected"),
    [
        ("postgresql+psycopg://u:p@db/n", "", "postgresql+psycopg://u:p@db/n"),
        (
            '{"username": "u", "password": "p@/ ", "host": "db", "port": 6432, "dbname": "n", "engine": "postgres"}',
            "", "postgresql+psycopg://u:p%40%2F%20@db:6432/n?sslmode=require",
        ),
        (
            '{"username": "u", "password": "p"}', "postgresql+psycopg://db/n?sslmode=verify-full",
            "postgresql+psycopg://u:p@db/n?sslmode=verify-full",
        ),
    ],
)  # fmt: skip
def test_the_secret_of_the_database_may_be_what_rds_keeps(
    services: Services, secret: str, address: str, expected: str
) -> None:
    services.secret({"SecretString": secret})
    given = {"APPROVALS_DATABASE_URL_ARN": SECRET, **({"APPROVALS_DATABASE_URL": address} if address else {})}
    assert _settings(services, **given).database_url == expected


@pytest.mark.parametrize(
    ("secret", "address", "says"),
    [
        ('{"username": "u", "password": "very-secret"}', "", "has a secret without host"),
        ('{"password": "very-secret"}', "", "without username and password"),
        ('{"password": very-secret', "", "begins like JSON but is not valid JSON"),
        ("postgresql+psycopg://u:very-secret@db/n", "postgresql+psycopg://db/n", "is set twice"),
    ],
)
def test_a_secret_of_the_database_that_does_not_suffice_states_what_is_missing(
    services: Services, secret: str, address: str, says: str
) -> None:
    services.secret({"SecretString": secret})
    with pytest.raises(Misconfigured) as error:
        _settings(services, APPROVALS_DATABASE_URL_ARN=SECRET, APPROVALS_DATABASE_URL=address)
    assert says in str(error.value)
    assert "very-secret" not in str(error.value)


@pytest.mark.parametrize("way", ["_FILE", ""])
def test_a_secret_is_given_in_one_way_only(services: Services, way: str) -> None:
    given = {f"APPROVALS_API_KEYS{way}": "x", "APPROVALS_API_KEYS_ARN": SECRET}
    with pytest.raises(Misconfigured, match="APPROVALS_API_KEYS is set twice"):
        _settings(services, **given)


def test_what_is_no_secret_has_no_arn(services: Services) -> None:
    with pytest.raises(Misconfigured, match="APPROVALS_PUBLIC_URL_ARN is not a setting"):
        _settings(services, APPROVALS_PUBLIC_URL_ARN=SECRET)
