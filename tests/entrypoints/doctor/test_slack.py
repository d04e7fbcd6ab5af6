"""What the doctor says of Slack, on the stand-in: each thing right and wrong, with the fix; nothing is posted."""

from pathlib import Path

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.demo.fake_slack.faults import Fails, RateLimited
from approvals.entrypoints.doctor import slack as slack_check
from approvals.entrypoints.doctor.examination import examine
from approvals.entrypoints.doctor.result import CheckLine
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings
from tests.support.slack.workspace import OPS, CastSlack

SIGNING = "0123456789abcdef" * 2
DIRECTORY = """
people:
  ana: {name: Ana, email: ana@example.com, slack: U0ANA}
  ben: {name: Ben, slack: U00BEN}
policies:
  refunds:
    stages:
      - groups: [{from: [ana, ben], need: 1}]
        notify: ["slack:#ops", "slack:C00BOARD"]
"""


@pytest.fixture
def here(slack: CastSlack, tmp_path: Path) -> CastSlack:
    """All is well; ids are as long as the directory wants them."""
    slack.team.user("U00BEN", "ben2")
    slack.team.user("U00ANA", "ana2")
    slack.team.channel("C00BOARD", "board", private=True)
    (tmp_path / "approvals.yml").write_text(DIRECTORY.replace("U0ANA", "U00ANA"))
    return slack


def examined(slack: CastSlack, folder: Path, **given: str) -> list[CheckLine]:
    environ = {
        "APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_SLACK_TOKENS": slack.tokens, "APPROVALS_SLACK_API_URL": slack.url,
        "APPROVALS_SLACK_SIGNING_SECRETS": SIGNING, "APPROVALS_DIRECTORY": str(folder / "approvals.yml"),
    }  # fmt: skip
    environ |= {f"APPROVALS_{name.upper()}": value for name, value in given.items()}
    lines = list(slack_check.check(Settings.from_env(environ), slack.clock))
    assert slack.team.messages == [], "nothing is posted"
    assert all(line.fix for line in lines if line.state != "ok"), lines
    assert slack.team.token not in str(lines)
    return lines


def findings(lines: list[CheckLine]) -> list[str]:
    return [f"{line.what} — {line.fix}" for line in lines if line.state != "ok"]


def test_where_all_is_well_it_states_what_it_looked_at(here: CastSlack, tmp_path: Path) -> None:
    lines = examined(here, tmp_path)
    assert [(line.state, line.what) for line in lines] == [
        ("ok", "Slack: the signing secrets have the right form"),
        ("ok", "Slack T0ACME: “Acme”, as approvals"),
        ("ok", "Slack T0ACME: has all required scopes"),
        ("ok", "Slack T0ACME: in all 2 channels that policies notify"),
        ("ok", "Slack T0ACME: knows all 2 people"),
    ]


@pytest.mark.parametrize("state", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_token_that_is_no_good_is_reported_with_the_fix(state: str, here: CastSlack, tmp_path: Path) -> None:
    if state == "invalid_auth":
        finding = findings(examined(here, tmp_path, slack_tokens="T0ACME=xoxb-another"))
    else:
        here.team.token_state = state
        finding = findings(examined(here, tmp_path))
    assert len(finding) == 1
    assert finding[0].startswith(f"Slack T0ACME: {state} — ")
    assert "APPROVALS_SLACK_TOKENS" in finding[0]


def test_a_token_of_another_workspace_is_noticed(here: CastSlack, tmp_path: Path) -> None:
    token = here.team.token
    assert "Slack T0WRONG: this token belongs to T0ACME — write T0ACME=xoxb-… in APPROVALS_SLACK_TOKENS" in findings(
        examined(here, tmp_path, slack_tokens=f"T0WRONG={token}")
    )


def test_missing_scopes_are_named(here: CastSlack, tmp_path: Path) -> None:
    here.team.scopes -= {"im:history", "users:read.email"}
    [finding] = findings(examined(here, tmp_path))
    assert finding.startswith("Slack T0ACME: lacks im:history — paste the manifest")
    [finding] = findings(examined(here, tmp_path, slack_match_email="true"))
    assert finding.startswith("Slack T0ACME: lacks im:history and users:read.email — ")


def test_channels_without_the_app_and_archived_ones_are_named(here: CastSlack, tmp_path: Path) -> None:
    here.team.channels[OPS].members.discard(here.team.bot_user)
    here.team.channels["C00BOARD"].archived = True
    assert findings(examined(here, tmp_path)) == [
        "Slack T0ACME: the app is not in #ops — invite the app there with /invite",
        "Slack T0ACME: C00BOARD is archived — unarchive it, or name another in the policy",
    ]


def test_people_who_are_not_there_any_more_are_named(here: CastSlack, tmp_path: Path) -> None:
    here.team.users["U00ANA"].deleted = True
    del here.team.users["U00BEN"]
    assert [finding.split(" is ")[0] for finding in findings(examined(here, tmp_path))] == [
        "Slack T0ACME: U00ANA", "Slack T0ACME: U00BEN",
    ]  # fmt: skip


def test_people_whom_only_a_policy_or_a_group_names_are_looked_up_too(here: CastSlack, tmp_path: Path) -> None:
    file = tmp_path / "approvals.yml"
    named = file.read_text().replace("from: [ana, ben]", 'from: [ana, "slack:U00GONE1", "group:others"]')
    more = """        escalate: [{after: 1h, to: ["slack:T0ACME/U00GONE2"]}]
groups:
  others: [ben, "slack:U00GONE3"]
"""
    file.write_text(named + more)
    assert [finding.split(" is ")[0] for finding in findings(examined(here, tmp_path))] == [
        "Slack T0ACME: U00GONE1", "Slack T0ACME: U00GONE2", "Slack T0ACME: U00GONE3",
    ]  # fmt: skip


def test_what_slack_will_not_say_is_a_warning(here: CastSlack, tmp_path: Path) -> None:
    here.faults.next("users.conversations", RateLimited(30))
    here.faults.next("users.info", Fails("fatal_error"))
    finding = findings(examined(here, tmp_path))
    assert [one.split(" — ")[0] for one in finding] == [
        "Slack T0ACME: the look-up failed (ratelimited)", "Slack T0ACME: the look-up failed (fatal_error)",
    ]  # fmt: skip


def test_a_directory_file_with_faults_is_the_business_of_its_own_check(here: CastSlack, tmp_path: Path) -> None:
    (tmp_path / "approvals.yml").write_text("people: 7")
    assert findings(examined(here, tmp_path)) == []


def test_a_workspace_that_the_directory_names_and_nobody_has_a_token_of_is_named(
    here: CastSlack, tmp_path: Path
) -> None:
    file = tmp_path / "approvals.yml"
    file.write_text(file.read_text().replace("slack:C00BOARD", "slack:T0OTHER/C00BOARD"))
    assert findings(examined(here, tmp_path)) == [
        "Slack T0OTHER: the directory file names it — add T0OTHER=xoxb-… to APPROVALS_SLACK_TOKENS"
    ]


def test_socket_mode_is_tried_and_a_secret_of_another_shape_is_noticed(here: CastSlack, tmp_path: Path) -> None:
    good = examined(here, tmp_path, slack_app_token=here.state.app_token)
    assert "Slack: Socket Mode may be used" in [line.what for line in good]
    bad = findings(
        examined(here, tmp_path, slack_app_token="xapp-wrong", slack_signing_secrets="not-a-signing-secret!")
    )
    assert [finding.split(" — ")[0] for finding in bad] == [
        "Slack: a signing secret is not 32 hex digits", "Slack: Socket Mode is refused (invalid_auth)",
    ]  # fmt: skip


def test_slack_that_cannot_be_reached_is_a_finding_and_no_crash(here: CastSlack, tmp_path: Path) -> None:
    with here.unreachable():
        [finding] = findings(examined(here, tmp_path))
    assert finding.startswith("Slack T0ACME: Slack cannot be reached (ConnectionRefusedError) — check the network")


def test_the_doctor_looks_at_slack_only_where_it_is_set_up(here: CastSlack) -> None:
    keys = {"APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key()}
    slack = {
        "APPROVALS_SLACK_TOKENS": here.tokens, "APPROVALS_SLACK_API_URL": here.url,
        "APPROVALS_SLACK_SIGNING_SECRETS": SIGNING,
    }  # fmt: skip

    def said(environ: dict[str, str]) -> str:
        return str([line.what for line in examine(Settings.from_env(environ), clock=here.clock, clients=Clients())])

    assert "Slack T0ACME: “Acme”" in said({**keys, **slack})
    assert "Slack" not in said(keys)
