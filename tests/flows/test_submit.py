"""submit: one approval per task token, even if two processes submit it at the same moment."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.domain.problems import Invalid, Problem
from tests.builders import CONTEXT, a_submission
from tests.fakes import World


def test_opens_an_approval_that_the_store_gives_back_as_it_was_opened(world: World) -> None:
    submitted = world.gateway.submit(a_submission(tags={"team": "payments"}, **CONTEXT), caller="key:shop")
    approval = world.gateway.approval(submitted.approval_id)
    assert submitted.created
    assert (approval.status, approval.version, approval.caller) == ("pending", 1, "key:shop")
    assert approval.content == a_submission(tags={"team": "payments"}, **CONTEXT).content()
    assert [r.id for r in approval.reviewers] == ["ana@example.com", "ben@example.com"]


def test_a_task_token_is_stored_sealed(world: World) -> None:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    rows = all_rows(world)
    [sealed] = [bytes(cell) for row in rows for cell in row if isinstance(cell, bytes | memoryview)]
    assert a_submission().task_token not in str(rows)
    assert a_submission().task_token.encode() not in sealed
    assert world.gateway.ports.vault.open(sealed, approval_id=approval_id) == a_submission().task_token


def test_asks_each_reviewer_once_and_wakes_the_worker(world: World) -> None:
    world.gateway.submit(a_submission(), caller="tests")
    assert world.woken == [True]
    world.deliver_all()
    world.deliver_all()
    assert sorted(world.mail.events) == [("asked", "ana@example.com"), ("asked", "ben@example.com")]


def test_the_same_token_again_is_the_same_approval_and_nobody_is_asked_twice(world: World) -> None:
    first = world.gateway.submit(a_submission(), caller="tests")
    second = world.gateway.submit(a_submission(title="Changed on the way"), caller="tests")
    world.deliver_all()
    assert (second.approval_id, second.created) == (first.approval_id, False)
    assert len(world.mail.sent) == 2
    assert world.gateway.approval(first.approval_id).content.title == "Refund order 1234 (420 €)"


def test_a_known_token_adds_no_row(world: World) -> None:
    world.gateway.submit(a_submission(), caller="tests")
    before = all_rows(world)
    world.gateway.submit(a_submission(), caller="tests")
    assert all_rows(world) == before


def all_rows(world: World) -> list[list[Any]]:
    with world.database.read() as connection:
        return [list(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table))]


def test_the_same_token_fifty_times_at_once_is_one_approval_with_one_mail_per_reviewer(world: World) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: world.gateway.submit(a_submission(), caller="tests"), range(50)))
    world.deliver_all()
    assert len({r.approval_id for r in results}) == 1
    assert sum(r.created for r in results) == 1
    assert len(world.mail.sent) == 2


def test_many_at_once_have_one_verdict_each_and_a_bad_one_harms_no_other(world: World) -> None:
    batch = [a_submission(task_token=f"t{n}", reviewers=("ana@example.com",)) for n in range(5)]
    batch[2] = a_submission(task_token="bad", reviewers=("nobody",))
    batch.append(batch[0])
    results = world.gateway.submit_all(batch, caller="tests")
    assert isinstance(results[2], Invalid)
    assert [r.created for r in results if not isinstance(r, Invalid)] == [True, True, True, True, False]
    assert results[5].approval_id == results[0].approval_id  # type: ignore[union-attr]


def test_a_refused_submission_fails_its_task_with_the_reasons(world: World) -> None:
    refused = world.gateway.refuse("token", reasons=Invalid.at("title", "is required"))
    [callback] = world.callbacks.sent
    assert refused
    assert callback.error == "Approval.InvalidSubmission"
    assert callback.cause == '{"errors":[{"path":"title","message":"is required"}]}'


def test_of_very_many_reasons_as_many_are_told_as_can_be_read(world: World) -> None:
    world.gateway.refuse("token", reasons=Invalid(Problem(f"field{n}", "is not known here" * 9) for n in range(500)))
    [callback] = world.callbacks.sent
    assert 20 < len(json.loads(callback.cause or "")["errors"]) < 500


def test_a_refusal_that_does_not_get_through_is_to_be_tried_again_but_not_for_a_task_that_is_gone(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled"), GivenUp("the task is gone", closed=True)]
    assert not world.gateway.refuse("token", reasons=Invalid.at("", "is not JSON"))
    assert world.gateway.refuse("token", reasons=Invalid.at("", "is not JSON"))
