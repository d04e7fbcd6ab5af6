"""The baseline ("floor"): Flask alone, with one insert, or with the bare query of a list."""

import itertools
import os

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
    engine = sa.create_engine(os.environ["FLOOR_DATABASE_URL"], pool_size=10)
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
