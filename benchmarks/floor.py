"""The baseline ("floor"): Flask alone, with one insert, or with the bare query of a list."""

import itertools
import os
import sqlite3

import sqlalchemy as sa
from flask import Flask, request

metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("body", sa.Text(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
NEWEST_PENDING = sa.text("SELECT * FROM approvals WHERE status = 'pending' ORDER BY id DESC LIMIT 50")


def create_app() -> Flask:
    engine = _engine(os.environ["FLOOR_DATABASE_URL"])
    lists = engine.execution_options(isolation_level="AUTOCOMMIT")
    app = Flask("floor")
    numbers = itertools.count()

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.post("/things")
    def insert() -> tuple[dict[str, str], int]:
        key = f"{os.getpid()}-{next(numbers)}"
        with engine.begin() as connection:
            connection.execute(things.insert(), {"id": key, "body": request.get_data(as_text=True)})
        return {"id": key}, 201

    @app.get("/list")
    def newest() -> dict[str, int]:
        with lists.connect() as connection:
            return {"rows": len(connection.execute(NEWEST_PENDING).all())}

    return app


def _engine(url: str) -> sa.Engine:
    """Return an engine; on SQLite as durable as ours, and as patient."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_size=10)
    engine = sa.create_engine(url, pool_size=10, connect_args={"timeout": 15})
    sa.event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
