"""The doctor on keys: those of ours that can be guessed or changed, and the one in KMS."""

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.domain.api_keys import entry
from approvals.entrypoints.doctor import keys
from approvals.entrypoints.doctor.result import CheckLine, ok
from tests.entrypoints.doctor.examining import found, settings


def kept(**given: str) -> list[CheckLine]:
    return list(keys.check(settings(**given)))


def api_keys(count: int) -> str:
    return ",".join(entry(f"key-{n}", ["read"], f"apk_{n}") for n in range(count))


@pytest.mark.parametrize(("count", "state"), [(0, "ok"), (1, "warn"), (2, "ok")])
def test_a_single_api_key_is_a_warning_since_it_cannot_be_changed_without_a_gap(count: int, state: str) -> None:
    assert [line.state for line in kept(api_keys=api_keys(count))] == ["ok", "ok", state]


def test_callers_that_iam_knows_need_no_keys() -> None:
    assert kept(api_auth="iam")[2] == ok("API keys: not needed, callers authenticate by IAM")


@pytest.mark.parametrize(
    ("given", "what", "fix"),
    [
        ({"signing_keys": "a" * 43}, "signing keys: one can be guessed", "approvals key new signing"),
        ({"sealing_keys": "c2hvcnQ="}, "sealing keys: key 1 of 1 has 5 bytes", "approvals key new sealing"),
    ],
)
def test_a_key_that_is_none_is_a_failure_and_is_not_shown(given: dict[str, str], what: str, fix: str) -> None:
    line = found(iter(kept(**given)), what)
    assert (line.state, line.fix) == ("fail", fix)
    assert not any(value in line.what for value in given.values())


def sealed(key_id: str) -> CheckLine:
    [line] = keys.kms(settings(kms_key_id=key_id), Clients())
    return line


def test_a_kms_key_seals_and_opens(aws: LocalAws) -> None:
    key_id = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert sealed(key_id) == ok("KMS key: encrypts and decrypts")
    assert sealed("alias/nothing").state == "fail"
    for operation in ("Encrypt", "Decrypt"):
        aws.faults.next(operation, AccessDenied())
        assert sealed(key_id).fix == f"allow kms:{operation} on the key to the gateway's role"
