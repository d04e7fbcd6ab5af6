"""The goals of the benchmarks. A ratio is ours divided by the floor of the same round."""

from dataclasses import dataclass

RATES = ("/s",)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A measured quantity, its floor and its limits. A goal without limits is only reported."""

    what: str
    floor: str = ""
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "/s"

    @property
    def text(self) -> str:
        limits = [
            (self.ratio_at_least, "≥ {:g} ×"),
            (self.ratio_at_most, "≤ {:g} ×"),
            (self.at_least, f"≥ {{:g}}{self.gap}{self.unit}"),
            (self.at_most, f"≤ {{:g}}{self.gap}{self.unit}"),
        ]
        return ", ".join(words.format(limit) for limit, words in limits if limit is not None)

    @property
    def gap(self) -> str:
        return "" if self.unit in RATES else " "

    def met(self, *, value: float, ratio: float | None) -> bool:
        return _within(ratio, self.ratio_at_least, self.ratio_at_most) and _within(value, self.at_least, self.at_most)


def _within(value: float | None, least: float | None, most: float | None) -> bool:
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)


_INSERT = "Flask + one insert"
_SMALL = "database of 1,000 pending"
_BARE_CLAIM = "bare claim of 500 and commit"

GOALS = {
    "hello": Goal(what="floor: Flask “hello”"),
    "insert": Goal(what="floor: Flask + one insert and commit"),
    "intake": Goal(what="intake, POST /v1/approvals", floor=_INSERT, ratio_at_least=0.9),
    "decision": Goal(what="decision recorded, callback accepted", floor=_INSERT, ratio_at_least=0.5),
    "decision-alone": Goal(what="decision recorded, no callback yet", floor=_INSERT, ratio_at_least=0.8),
    "queue": Goal(what="intake from batches of 10", floor="intake over HTTP", ratio_at_least=3),
    "crowd": Goal(what="intake, 32 clients", floor=_INSERT, ratio_at_least=1),
    "crowd-p99": Goal(what="the same, p99", floor=_INSERT, ratio_at_most=1.5, unit="ms"),
    "single-cpu": Goal(what="intake, one client: CPU of the server", floor=_INSERT, ratio_at_most=2, unit="ms"),
    "single-p50": Goal(what="the same, p50", floor=_INSERT, ratio_at_most=2, unit="ms"),
    "page": Goal(what="GET of the review page: CPU of the server", at_most=2.2, unit="ms"),
    "inbox": Goal(what="GET of an inbox of 50: CPU of the server", at_most=8, unit="ms"),
    "sqlite": Goal(what="intake on SQLite", floor=f"{_INSERT} on SQLite", ratio_at_least=0.6),
    "slack-click": Goal(what="press in Slack to its answer, p99", at_most=500, unit="ms"),
    "settle": Goal(what="sweep settles overdue approvals", at_least=500),
    "escalate": Goal(what="sweep escalates all of one minute", at_least=500),
    "escalate-shared": Goal(what="the same, shared by two workers", at_least=500),
    "deliver": Goal(what="delivery of a backlog", floor="bare boto3 loop", ratio_at_least=0.85, at_least=500),
    "sweep-idle": Goal(what="sweep, nothing due", floor="bare query in a transaction", ratio_at_most=3, unit="ms"),
    "sweep-due": Goal(what="sweep settles 500 due", floor=_BARE_CLAIM, ratio_at_most=4, unit="ms"),
    "lease-due": Goal(what="outbox leases 500 due", floor=_BARE_CLAIM, ratio_at_most=4, unit="ms"),
    "find-reviewer": Goal(what="list of 50, of a reviewer", floor="bare keyset query", ratio_at_most=5, unit="ms"),
    "find-status": Goal(what="list of 50, pending", floor="bare keyset query", ratio_at_most=5, unit="ms"),
    "list-http": Goal(what="GET /v1/approvals, 50", floor="Flask + keyset query", ratio_at_most=5, unit="ms"),
    "grown-sweep": Goal(what="sweep settles 500 due, full database", floor=_SMALL, ratio_at_most=1.5, unit="ms"),
    "grown-lease": Goal(what="outbox leases 500 due, full database", floor=_SMALL, ratio_at_most=1.5, unit="ms"),
    "grown-inbox": Goal(what="inbox of 50, full database", floor=_SMALL, ratio_at_most=1.5, unit="ms"),
    "grown-list": Goal(what="list of 50, full database", floor=_SMALL, ratio_at_most=1.5, unit="ms"),
    "memory": Goal(what="web + worker, idle: memory (PSS)", at_most=150, unit="MB"),
    "cpu": Goal(what="web + worker, idle: processor", at_most=1, unit="%"),
    "demo": Goal(what="`approvals demo` to a usable page", at_most=5, unit="s"),
    "peer-insert": Goal(what="floor: Flask + one insert and commit"),
    "peer-intake": Goal(what="ours: intake is committed", floor=_INSERT),
    "peer-decision": Goal(what="ours: callback is accepted", floor=_INSERT),
    "restate-awakeable": Goal(what="Restate: awakeable exists, its handler waits", floor=_INSERT),
    "restate-resolve": Goal(what="Restate: handler has seen the resolved awakeable", floor=_INSERT),
    "restate-workflow": Goal(what="Restate: workflow waits at its promise", floor=_INSERT),
    "restate-decide": Goal(what="Restate: workflow has seen the decision", floor=_INSERT),
    "dbos-create": Goal(what="DBOS: workflow is stored and runs", floor=_INSERT),
    "dbos-decide": Goal(what="DBOS: workflow has got the message and ended", floor=_INSERT),
    "beside-create": Goal(what="our intake", floor="Restate's awakeable", ratio_at_least=1.1),
    "beside-decide": Goal(what="our decision", floor="Restate's workflow decide", ratio_at_least=1.1),
}
