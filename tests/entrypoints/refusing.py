"""Gateways that fail: another writer is always faster, or a verb refuses every input."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from approvals.adapters.database.store import SqlStore
from approvals.adapters.database.transaction import SqlTransaction
from approvals.domain.model.errors import Stale
from approvals.flows.attempts import Decided
from approvals.flows.gateway import Gateway
from tests.fakes import World


class Contended(SqlStore):
    """Whatever is written was too late: the approval has changed meanwhile."""

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with super().transaction() as tx:
            yield tx
            raise Stale("others were faster")

    @contextmanager
    def attempt(self) -> Iterator[SqlTransaction]:
        with super().attempt() as tx:
            yield tx
            raise Stale("others were faster")


def contended(world: World) -> Gateway:
    return world.another(store=Contended(world.database, new_id=world.new_id))


def refusing(error: Exception) -> type[Gateway]:
    """Its decide raises this."""

    class Refusing(Gateway):
        def decide(self, *_: Any, **__: Any) -> Decided:
            raise error

    return Refusing


def raising(error: Exception, world: World) -> Gateway:
    """The world's gateway, but in decide it raises this."""
    return another(refusing(error), world)


def another(kind: type[Gateway], world: World) -> Gateway:
    """The world's gateway, but of this kind."""
    return kind(world.gateway.ports)
