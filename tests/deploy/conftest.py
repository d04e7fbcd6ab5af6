"""Fixtures: the packaged templates, each made once for all tests."""

from pathlib import Path

import pytest

from tests.deploy import packaging
from tests.deploy.templates import Template

URL = "https://approvals.example.com"


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By variant: what is deployed for others, what developers deploy, and everything that can be switched on."""
    if not packaging.TOOL.exists():
        pytest.skip("no osls here: run scripts/test-machine")
    variants: dict[str, tuple[str, dict[str, str]]] = {
        "prod": ("prod", {}),
        "dev": ("dev", {}),
        "rds": ("dev", {"database": "rds", "directory": "ssm"}),
        "s3": ("dev", {"directory": "s3", "retention": "90d", "archive": "s3"}),
        "all": (
            "prod",
            {
                "topic": "yes",
                "eventRule": "yes",
                "slack": "yes",
                "database": "iam",
                "directory": "layer",
                "publicUrl": URL,
                "apiAuth": "iam",
            },
        ),
    }
    return {
        name: packaging.packaged(tmp_path_factory.mktemp(name), stage=stage, **params)
        for name, (stage, params) in variants.items()
    }


@pytest.fixture(params=["prod", "dev", "all"])
def template(request: pytest.FixtureRequest, packages: dict[str, Path]) -> Template:
    return Template(packaging.read(packages[request.param]))


@pytest.fixture
def prod(packages: dict[str, Path]) -> Template:
    return Template(packaging.read(packages["prod"]))


@pytest.fixture
def dev(packages: dict[str, Path]) -> Template:
    return Template(packaging.read(packages["dev"]))


@pytest.fixture
def everything(packages: dict[str, Path]) -> Template:
    return Template(packaging.read(packages["all"]))
