"""The gateway that is made of the settings."""

from pathlib import Path

import pytest

from approvals import wiring
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings
from tests.support.aws.state_machines import eventually


def _environ(**changes: str) -> dict[str, str]:
    return {
        "APPROVALS_DATABASE_URL": "sqlite:///:memory:",
        "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(),
        **changes,
    }


def test_the_directory_file_is_looked_at_while_the_gateway_runs(tmp_path: Path) -> None:
    path = tmp_path / "approvals.yml"
    path.write_text("people: {ana: {email: ana@example.com}}\n")
    gateway = wiring.build(Settings.from_env(_environ(APPROVALS_DIRECTORY=str(path))))
    assert gateway.ports.reload_directory()
    path.write_text("people: {ben: {email: ben@example.com}}\n")
    assert not gateway.ports.reload_directory()
    eventually(gateway.ports.reload_directory)
    assert list(gateway.directory.people) == ["ben"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"APPROVALS_SEALING_KEYS": "not-a-key"}, "APPROVALS_SEALING_KEYS"),
        ({"APPROVALS_MAIL_URL": "gopher://x", "APPROVALS_MAIL_FROM": "a@example.com"}, "APPROVALS_MAIL_URL"),
        ({"APPROVALS_MAIL_URL": "console:", "APPROVALS_MAIL_FROM": "nobody"}, "APPROVALS_MAIL_FROM"),
    ],
)
def test_what_cannot_be_made_is_refused_by_the_name_of_its_setting(change: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        wiring.build(Settings.from_env(_environ(**change)))


def test_without_a_mail_server_nobody_can_be_asked_by_mail() -> None:
    gateway = wiring.build(Settings.from_env(_environ()))
    assert gateway.deployment.reach.channels == frozenset()
    assert gateway.deployment.reach.assurance == "link"


def test_with_slack_people_can_be_asked_there_and_policies_may_insist_on_it() -> None:
    slack = {"APPROVALS_SLACK_TOKENS": "T0123ABCD=xoxb-1", "APPROVALS_SLACK_SIGNING_SECRETS": "a" * 32}
    gateway = wiring.build(Settings.from_env(_environ(**slack)))
    assert (gateway.deployment.reach.channels, gateway.deployment.reach.assurance) == ({"slack"}, "slack")
    assert set(gateway.ports.channels) == {"slack"}


def test_an_id_of_slack_with_and_without_its_workspace_is_one_person(tmp_path: Path) -> None:
    """In the first workspace of the tokens, whether or not there is a directory file."""
    file = tmp_path / "approvals.yml"
    file.write_text("people: {ana: {slack: T0ACME/U0ANA}}")
    slack = {"APPROVALS_SLACK_TOKENS": "T0ACME=xoxb-a,T0OTHER=xoxb-b", "APPROVALS_SLACK_SIGNING_SECRETS": "a" * 32}
    for more in ({}, {"APPROVALS_DIRECTORY": str(file)}):
        directory = wiring.build(Settings.from_env(_environ(**slack, **more))).directory
        one, same, other = (directory.person(f"slack:{id_}") for id_ in ("U0ANA", "T0ACME/U0ANA", "T0OTHER/U0ANA"))
        assert one is not None
        assert one == same
        assert other is not None
        assert one.id != other.id
