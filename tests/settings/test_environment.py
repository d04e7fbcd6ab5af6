"""Settings: what is unknown, missing or malformed is refused by its name, all of it at once; secrets never show."""

import ast
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.domain.api_keys import entry
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.server.local_setup import ENV_FILE, ensure_env_file, with_env_file
from approvals.settings import environment as settings
from approvals.settings.environment import Settings, variable
from tests.support.wheel import ROOT

GOOD = {"APPROVALS_SIGNING_KEYS": "s" * 32, "APPROVALS_SEALING_KEYS": "x"}


def test_without_anything_but_keys_there_are_sensible_defaults() -> None:
    found = Settings.from_env(GOOD)
    assert found.database_url == "sqlite:///approvals.db"
    assert found.default_timeout == timedelta(days=7)


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "APPROVALS_AWS_REGION": "eu-central-1"}, "eu-central-1"),
        ({}, ""),
    ],
)
def test_the_region_is_also_that_of_the_variables_of_aws(environ: dict[str, str], region: str) -> None:
    assert Settings.from_env({**GOOD, **environ}).aws_region == region


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_url_of_postgresql_is_taken_as_others_write_it(scheme: str) -> None:
    found = Settings.from_env({**GOOD, "APPROVALS_DATABASE_URL": f"{scheme}://u:p@h/d?sslmode=require"})
    assert found.database_url == "postgresql+psycopg://u:p@h/d?sslmode=require"


@pytest.mark.parametrize(
    "url",
    [
        "very-secret", "oracle://u:very-secret@h/d", "postgresql+asyncpg://u:very-secret@h/d",
        "postgresql://u:very-secret@h:port/d", "sqlite://very-secret", "very-secret://@:x",
    ],
)  # fmt: skip
def test_a_url_of_another_database_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(
        Misconfigured, match=r"APPROVALS_DATABASE_URL must be sqlite:///FILE or postgresql://"
    ) as refused:
        Settings.from_env({**GOOD, "APPROVALS_DATABASE_URL": url})
    assert "very-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("listen", "reached"),
    [
        ("127.0.0.1:8131", "http://127.0.0.1:8131"),
        ("localhost:9000", "http://localhost:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("0.0.0.0:9000", "http://127.0.0.1:8000"),
        ("unix:/run/approvals.sock", "http://127.0.0.1:8000"),
    ],
)
def test_links_lead_to_where_a_gateway_for_this_machine_alone_listens(listen: str, reached: str) -> None:
    given = {**GOOD, "APPROVALS_LISTEN": listen}
    assert Settings.from_env(given).public_url == reached
    named = {**given, "APPROVALS_PUBLIC_URL": "https://approvals.example.com"}
    assert Settings.from_env(named).public_url == "https://approvals.example.com"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://approvals.example.com/", "https://approvals.example.com"),
        ("HTTPS://Approvals.Example.com:443", "https://approvals.example.com"),
        ("https://bücher.example/freigaben/", "https://xn--bcher-kva.example/freigaben"),
        ("https://tools.example.com:8443/team/approvals", "https://tools.example.com:8443/team/approvals"),
    ],
)
def test_the_public_url_is_written_as_browsers_and_mail_programs_read_it(given: str, read: str) -> None:
    assert Settings.from_env({**GOOD, "APPROVALS_PUBLIC_URL": given}).public_url == read


def test_digests_are_switched_off_by_a_window_of_nothing() -> None:
    windows = [Settings.from_env({**GOOD, "APPROVALS_DIGEST_WINDOW": text}).digest_window for text in ("0s", "90s", "")]
    assert windows == [timedelta(0), timedelta(seconds=90), timedelta(seconds=10)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"APPROVALS_SIGNING_KEYS": ""}, "APPROVALS_SIGNING_KEYS is required"),
        ({"APPROVALS_SIGNING_KEYS": "short"}, "APPROVALS_SIGNING_KEYS every key needs at least 32 characters"),
        ({"APPROVALS_SEALING_KEYS": ""}, "APPROVALS_SEALING_KEYS or APPROVALS_KMS_KEY_ID is required"),
        ({"APPROVALS_KMS_KEY_ID": "alias/x"}, "only one of them"),
        ({"APPROVALS_PUBLIC_URI": "x"}, "APPROVALS_PUBLIC_URI is not a setting; did you mean APPROVALS_PUBLIC_URL?"),
        ({"APPROVALS_PORT": "x"}, "APPROVALS_PORT is not a setting; see docs/reference/settings.md"),
        ({"APPROVALS_PUBLIC_URL": "approvals.example.com"}, "APPROVALS_PUBLIC_URL must be an address such as"),
        ({"APPROVALS_PUBLIC_URL": "https://me@example.com"}, "APPROVALS_PUBLIC_URL must be an address such as"),
        ({"APPROVALS_PUBLIC_URL": "https://example.com/a b"}, "whose path has only letters, digits,"),
        ({"APPROVALS_PUBLIC_URL": "https://example.com/a/../b"}, "whose path has only letters, digits,"),
        ({"APPROVALS_PUBLIC_URL": "https://example.com//a"}, "whose path has only letters, digits,"),
        ({"APPROVALS_PUBLIC_URL": "https://example.com/?a"}, "whose path has only letters, digits,"),
        ({"APPROVALS_HEARTBEAT": "20 minutes"}, "APPROVALS_HEARTBEAT '20 minutes' is not a duration"),
        ({"APPROVALS_DIGEST_WINDOW": "2h"}, "APPROVALS_DIGEST_WINDOW must be at most 1h"),
        ({"APPROVALS_DIGEST_WINDOW": "none"}, "APPROVALS_DIGEST_WINDOW 'none' is not a duration"),
        ({"APPROVALS_PLAIN_HTTP_LINKS": "yes"}, 'APPROVALS_PLAIN_HTTP_LINKS must be "true" or "false"'),
        ({"APPROVALS_WEB_THREADS": "-1"}, "APPROVALS_WEB_THREADS must be a whole number"),
        ({"APPROVALS_API_KEYS": "shop:write:abc"}, "APPROVALS_API_KEYS entry 1 must read NAME:SCOPE"),
        ({"APPROVALS_API_KEYS": "shop:submit:abc"}, "APPROVALS_API_KEYS entry 1 (“shop”) must end in 64 hex digits"),
        ({"APPROVALS_LOG_LEVEL": "loud"}, "APPROVALS_LOG_LEVEL must be one of"),
        ({"APPROVALS_ASSUME_ROLES": "123"}, "APPROVALS_ASSUME_ROLES must read ACCOUNT=ROLE_ARN"),
        ({"APPROVALS_MAIL_URL": "smtp://x"}, "APPROVALS_MAIL_FROM is required"),
        ({"APPROVALS_SLACK_TOKENS": "xoxb-1-2-SECRET"}, "APPROVALS_SLACK_TOKENS entry 1 must read T0123ABCD=xoxb-…"),
        ({"APPROVALS_SLACK_TOKENS": "T1A=xoxb-1,T1B=xoxp-1-SECRET"}, "APPROVALS_SLACK_TOKENS entry 2 (T1B) must hold"),
        ({"APPROVALS_SLACK_TOKENS": "T1A=xoxb-1,T1A=xoxb-2"}, "APPROVALS_SLACK_TOKENS names a workspace twice"),
        ({"APPROVALS_SLACK_TOKENS": "T1A=xoxb-1"}, "APPROVALS_SLACK_SIGNING_SECRETS is required with"),
        ({"APPROVALS_SLACK_SIGNING_SECRETS": "a" * 32}, "APPROVALS_SLACK_TOKENS is required with"),
        ({"APPROVALS_SLACK_SIGNING_SECRETS": "SECRET"}, "APPROVALS_SLACK_SIGNING_SECRETS must be the Signing Secret"),
        ({"APPROVALS_SLACK_APP_TOKEN": "xoxb-SECRET"}, "APPROVALS_SLACK_APP_TOKEN must be an App-Level Token"),
        ({"APPROVALS_SLACK_API_URL": "http://slack.example"}, "APPROVALS_SLACK_API_URL must be an https address"),
        ({"APPROVALS_LISTEN": "8000"}, "APPROVALS_LISTEN must be HOST:PORT, such as 127.0.0.1:8000"),
        ({"APPROVALS_LISTEN": "127.0.0.1:65536"}, "APPROVALS_LISTEN must be HOST:PORT"),
        ({"APPROVALS_LISTEN": "fd://3/"}, "APPROVALS_LISTEN must be HOST:PORT"),
        ({"APPROVALS_SIGNING_KEYS_FILE": "/x"}, "APPROVALS_SIGNING_KEYS is set twice"),
        ({"APPROVALS_API_KEYS_FILE": "/nowhere/keys"}, "cannot be read from its file /nowhere/keys"),
    ],
)
def test_each_problem_names_its_variable_and_the_fix(change: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured) as error:
        Settings.from_env({**GOOD, **change})
    assert says in str(error.value)
    assert "SECRET" not in str(error.value).replace("APPROVALS_SLACK_SIGNING_SECRETS", "")


def test_several_workspaces_of_slack_are_told_apart_and_the_first_is_the_default() -> None:
    found = Settings.from_env({
        **GOOD, "APPROVALS_SLACK_TOKENS": "T0123ABCD=xoxb-1-a=b, T0456=xoxb-2",
        "APPROVALS_SLACK_SIGNING_SECRETS": f"{'a' * 32},{'b' * 32}", "APPROVALS_SLACK_API_URL": "http://127.0.0.1:9/api",
    })  # fmt: skip
    assert list((found.slack_tokens or {}).items()) == [("T0123ABCD", "xoxb-1-a=b"), ("T0456", "xoxb-2")]
    assert (len(found.slack_signing_secrets), found.slack_api_url) == (2, "http://127.0.0.1:9/api/")
    assert "xoxb" not in repr(found)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(Misconfigured) as error:
        Settings.from_env({"APPROVALS_SINGING_KEYS": "x", "APPROVALS_LOG_FORMAT": "xml"})
    assert len(str(error.value).splitlines()) == 4, "misspelt, missing, malformed, and no key to seal with"


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("k" * 40 + "\n")
    environ = {"APPROVALS_SIGNING_KEYS_FILE": str(tmp_path / "keys"), "APPROVALS_SEALING_KEYS": "x"}
    assert Settings.from_env(environ).signing_keys == ("k" * 40,)


def test_secrets_are_not_in_what_settings_print() -> None:
    secret = "very-secret-" * 4
    found = Settings.from_env({
        "APPROVALS_SIGNING_KEYS": secret, "APPROVALS_SEALING_KEYS": secret, "APPROVALS_MAIL_URL": f"smtp://u:{secret}@h",
        "APPROVALS_MAIL_FROM": "a@example.com", "APPROVALS_DATABASE_URL": f"postgresql+psycopg://u:{secret}@h/d",
        "APPROVALS_API_KEYS": entry("shop", ["submit"], secret),
    })  # fmt: skip
    assert "very-secret" not in repr(found)
    assert "shop" not in repr(found)


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `APPROVALS_")}
    assert documented == {variable(setting.name) for setting in fields(Settings)}


def test_nothing_but_the_settings_reads_the_environment() -> None:
    readers = []
    for path in (ROOT / "approvals").rglob("*.py"):
        if "demo" in path.parts:
            continue
        attributes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
        if {ast.unparse(node) for node in attributes} & {"os.environ", "os.getenv"}:
            readers.append(path.relative_to(ROOT).as_posix())
    assert readers == ["approvals/settings/environment.py"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("APPROVALS_SNS_TOPICS", "asks"),
        ("APPROVALS_SNS_TOPICS", "arn:aws:sns:eu-central-1:123456789012:asks:4f1a"),
        ("APPROVALS_ACTIVITIES", "arn:aws:states:eu-central-1:123456789012:stateMachine:ask"),
        ("APPROVALS_API_AUTH", "none"),
        ("APPROVALS_DATABASE_POOLER", "session"),
    ],
)
def test_what_is_no_arn_or_no_way_to_know_callers_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{name} must be "):
        Settings.from_env({**GOOD, name: text})


def test_topics_and_activities_are_lists_of_arns() -> None:
    topics = "arn:aws:sns:eu-central-1:123456789012:asks, arn:aws-cn:sns:cn-north-1:123456789012:asks"
    activity = "arn:aws:states:eu-central-1:123456789012:activity:ask"
    found = Settings.from_env({**GOOD, "APPROVALS_SNS_TOPICS": topics, "APPROVALS_ACTIVITIES": activity})
    assert (len(found.sns_topics), found.activities) == (2, (activity,))


def test_an_empty_folder_gets_keys_that_only_its_owner_can_read(tmp_path: Path) -> None:
    environ, api_key = ensure_env_file({}, tmp_path)
    assert api_key is not None
    assert (tmp_path / ENV_FILE).stat().st_mode & 0o777 == 0o600
    assert api_key not in (tmp_path / ENV_FILE).read_text()
    again, none = ensure_env_file({}, tmp_path)
    assert (again, none) == (environ, None)
    found = Settings.from_env(environ)
    assert [key.name for key in found.api_keys] == ["first"]


def test_a_folder_is_as_empty_with_a_directory_or_a_mail_server_of_its_own(tmp_path: Path) -> None:
    environ = {"APPROVALS_DIRECTORY": "approvals.yml", "APPROVALS_MAIL_URL": "smtp://127.0.0.1:25"}
    merged, api_key = ensure_env_file(environ, tmp_path)
    assert api_key is not None
    assert merged.items() >= environ.items()


def test_keys_are_never_made_up_for_a_configured_deployment(tmp_path: Path) -> None:
    environ = {"APPROVALS_DATABASE_URL": "postgresql+psycopg://db/approvals"}
    assert ensure_env_file(environ, tmp_path) == (environ, None)
    assert not (tmp_path / ENV_FILE).exists()


def test_the_real_environment_wins_over_the_file(tmp_path: Path) -> None:
    ensure_env_file({}, tmp_path)
    merged = with_env_file({"APPROVALS_MAIL_FROM": "real@example.com"}, tmp_path)
    assert merged["APPROVALS_MAIL_FROM"] == "real@example.com"


def test_the_prefix_is_what_the_documentation_states() -> None:
    assert settings.PREFIX == "APPROVALS_"


RETENTION = {**GOOD, "APPROVALS_RETENTION": "90d"}


@pytest.mark.parametrize("location", ["/var/lib/approvals/archive", "s3://a-bucket", "s3://a-bucket/old/ones/", "none"])
def test_settled_approvals_may_be_kept_for_a_limited_time(location: str) -> None:
    found = Settings.from_env({**RETENTION, "APPROVALS_RETENTION_EXPORT": location})
    assert (found.retention, found.retention_export) == (timedelta(days=90), location)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (RETENTION, "APPROVALS_RETENTION_EXPORT is required with APPROVALS_RETENTION"),
        ({**GOOD, "APPROVALS_RETENTION_EXPORT": "none"}, "APPROVALS_RETENTION is required with"),
        ({**RETENTION, "APPROVALS_RETENTION_EXPORT": "archive"}, "must be the absolute path of a folder"),
        ({**RETENTION, "APPROVALS_RETENTION_EXPORT": "s3://NOT_A_BUCKET/x"}, "must be the absolute path of a folder"),
        ({**GOOD, "APPROVALS_RETENTION": "6d", "APPROVALS_RETENTION_EXPORT": "none"}, "as long as APPROVALS_TOKEN_"),
        (
            {**RETENTION, "APPROVALS_RETENTION_EXPORT": "none", "APPROVALS_TOKEN_RETENTION": "91d"},
            "as long as APPROVALS_TOKEN_RETENTION",
        ),
    ],
)
def test_nothing_is_deleted_by_mistake(given: dict[str, str], problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem):
        Settings.from_env(given)
