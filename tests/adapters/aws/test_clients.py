"""botocore's clients: each is made once for all threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from approvals.adapters.aws.clients import Clients


class SlowlyMade(Clients):
    """Making one takes as long as another needs to begin making it too, where nothing holds it back."""

    def __init__(self) -> None:
        super().__init__()
        self.made, self._another = 0, threading.Event()

    def _make(self, key: Any) -> Any:
        self.made += 1
        if self.made > 1:
            self._another.set()
        self._another.wait(0.05)
        return super()._make(key)


def test_many_threads_share_one_client() -> None:
    clients = SlowlyMade()
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: clients.get("stepfunctions", region="eu-central-1"), range(8)))
    assert len(set(map(id, given))) == 1
    assert clients.made == 1


def test_another_region_has_another_client() -> None:
    clients = Clients()
    regions = ("eu-central-1", "eu-west-1")
    assert [clients.get("stepfunctions", region=region).meta.region_name for region in regions] == list(regions)
