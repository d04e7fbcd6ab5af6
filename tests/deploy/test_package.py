"""serverless.yml packages with nothing but this checkout, and cfn-lint finds nothing wrong with what comes out."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.packaging import TEMPLATE
from tests.deploy.templates import Template

REDUNDANT_DEPENDS_ON = "W3005"  # the packager itself writes them


@pytest.mark.parametrize("variant", ["prod", "dev", "all", "rds", "s3"])
def test_cfn_lint_finds_nothing(variant: str, packages: dict[str, Path]) -> None:
    assert lint(packages[variant]) == ""


def test_cfn_lint_looks(packages: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / TEMPLATE
    broken.write_text(packages["prod"].read_text().replace('"sqs:ReceiveMessage"', '"sqs:ReceiveMesage"'))
    assert "W3037" in lint(broken)


def test_the_zip_is_the_one_that_make_lambda_builds(template: Template) -> None:
    assert all(f["Code"]["S3Key"].endswith("/approvals-lambda-arm64.zip") for f in template.functions.values())
    assert all(f["Architectures"] == ["arm64"] for f in template.functions.values())


def lint(template: Path) -> str:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "-i", REDUNDANT_DEPENDS_ON, "--", str(template)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return ran.stdout + ran.stderr
