"""The environment variables of the demo and of its processes: no real AWS account, no proxy, no other gateway."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from approvals.settings.environment import PREFIX

REGION = "eu-central-1"
_FOREIGN = (PREFIX, "AWS_")
_AWS = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def demo_environment() -> Iterator[None]:
    """Replace this process's variables, which boto3 reads as well, and restore them at the end."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_FOREIGN) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(_AWS)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
