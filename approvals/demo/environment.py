"""The environment of the demo and of what it starts: nobody's AWS account, no proxy, no settings of another gateway."""

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
def own_environment() -> Iterator[None]:
    """Of this process, since boto3 looks there too; put back in the end."""
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
