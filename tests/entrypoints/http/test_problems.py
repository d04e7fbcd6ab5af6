"""Error responses for people and programs: they tell what to do, and reveal nothing internal."""

import logging
import sqlite3
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.entrypoints.api.api_client import Api
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on, submitted, words
from tests.fakes import World

AWAY = sqlite3.OperationalError("unable to open database file")


def breaks(world: World, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    world.database.engine.dispose()
    world.database.engine.dialect.do_execute = fail  # type: ignore[method-assign]


def test_while_the_database_is_away_people_are_asked_to_try_again(
    world: World, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = link(world, submitted(world))
    nonce = nonce_on(client, path)
    breaks(world, AWAY)
    for response in (
        client.get(path), client.post(path, data={"nonce": nonce, "option": "approve"}, headers=FROM_THE_PAGE)
    ):  # fmt: skip
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert "Not just now" in words(response)
        assert "Wait a moment, then try again: the page says what is recorded." in words(response)
    [record, _] = [record for record in caplog.records if getattr(record, "event", "") == "http.error"]
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert "unable to open database file" in record.getMessage()


def test_while_the_database_is_away_programs_get_a_problem_that_passes(api: Api) -> None:
    breaks(api.world, AWAY)
    response = api.call("get", "/v1/approvals/id-0001", scope="read")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert (response.json or {})["type"] == "urn:approvals:problem:http-503"


def test_any_other_mistake_is_ours_and_reveals_nothing_of_the_inside(world: World, client: FlaskClient) -> None:
    path = link(world, submitted(world))
    breaks(world, RuntimeError("the inside"))
    response = client.get(path)
    assert response.status_code == 500
    assert "Something went wrong" in words(response)
    assert "the inside" not in response.text


@pytest.mark.parametrize(("method", "title"), [("get", "There is nothing here"), ("put", "That cannot be done here")])
def test_wrong_addresses_are_answered_in_words_for_people(client: FlaskClient, method: str, title: str) -> None:
    path = "/nowhere" if method == "get" else "/"
    response = getattr(client, method)(path)
    assert title in words(response)
    assert "Not Found" not in response.text
