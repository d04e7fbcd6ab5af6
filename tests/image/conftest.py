"""Only for `make test-image`, which builds the image and names the folder that it is in."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.image.container import Container, Image
from tests.support.wheel import ROOT

BUILT = os.environ.get("APPROVALS_TEST_IMAGE", "")
collect_ignore_glob = [] if BUILT else ["test_*.py"]

Run = Callable[..., Container]


@pytest.fixture(scope="session")
def image() -> Image:
    return Image.built(ROOT / BUILT)


@pytest.fixture
def run(image: Image, tmp_path: Path) -> Generator[Run]:
    """Start a container; what is left of it is killed after the test."""
    started: list[Container] = []

    def start(*arguments: str, **environment: str) -> Container:
        log = tmp_path / f"{len(started)}.log"
        started.append(Container(image, *arguments, log=log, **environment))
        return started[-1]

    yield start
    for container in started:
        container.kill()
