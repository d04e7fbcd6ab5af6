"""Concurrent requests to the real entry points: one approval per token, one outcome per approval, one call to AWS."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from approvals.domain.model.messages.audience import ForReviewer
from tests.e2e.whole import API_KEY, PUBLIC_URL, SUBMISSION, Whole, hidden_fields

CROWD = 64


def _completions(whole: Whole) -> int:
    return whole.aws.calls["SendTaskSuccess"] + whole.aws.calls["SendTaskFailure"]


def test_the_same_token_posted_fifty_times_at_once_is_one_approval_and_one_mail_each(whole: Whole) -> None:
    body = {"taskToken": "one-token", "title": "Refund", "reviewers": ["ana@example.com", "ben@example.com"]}
    headers = {"Authorization": f"Bearer {API_KEY}"}

    def submit(_: int) -> tuple[int, str]:
        answer = whole.app.test_client().post("/v1/approvals", json=body, headers=headers)
        return answer.status_code, answer.get_json()["id"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(submit, range(50)))
    whole.work()
    assert Counter(status for status, _ in answers) == {201: 1, 200: 49}
    assert len({approval_id for _, approval_id in answers}) == 1
    assert (len(whole.mails_to("ana@example.com")), len(whole.mails_to("ben@example.com"))) == (1, 1)


def test_sixty_four_different_answers_at_once_have_one_outcome_one_call_and_clear_answers_for_the_others(
    whole: Whole,
) -> None:
    people = [f"r{n}@example.com" for n in range(CROWD)]
    message = {**SUBMISSION, "reviewers": people}
    execution = whole.start(message=message)
    [approval] = whole.take_in()
    before = _completions(whole)
    now = whole.clock()
    links = [
        whole.gateway.ports.links.url(approval.id, ForReviewer(n), now=now).removeprefix(PUBLIC_URL)
        for n in range(CROWD)
    ]
    nonces = [hidden_fields(whole.app.test_client().get(link).get_data(as_text=True))["nonce"] for link in links]
    numbers = count()

    def answer(link: str) -> tuple[int, str]:
        n = next(numbers)
        form = {"nonce": nonces[links.index(link)], "option": "approve" if n % 2 else "reject", "comment": f"{n}"}
        reply = whole.app.test_client().post(link, data=form, headers={"Origin": PUBLIC_URL})
        return reply.status_code, reply.get_data(as_text=True)

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(answer, links))
    assert Counter(status for status, _ in replies) == {303: 1, 409: CROWD - 1}
    assert all("Your answer was not recorded." in text for status, text in replies if status == 409)
    assert _completions(whole) - before == 1
    assert len(whole.gateway.approval(approval.id).decisions) == 1
    assert whole.machines.end(execution)["status"] in ("SUCCEEDED", "FAILED")
