"""Problems as people see them: so many that an answer stays small, whatever the sender sent."""

import msgspec

from approvals.domain.problems import Invalid, Problem


def test_of_many_problems_a_hundred_are_shown_and_the_others_are_counted() -> None:
    error = Invalid(Problem(f"tags.{n}", "is not text") for n in range(250))
    assert error.shown == (*error.problems[:100], Problem("", "… and 150 more"))
    assert str(error).endswith("tags.99: is not text; … and 150 more")


def test_a_hundred_problems_are_shown_as_they_are() -> None:
    error = Invalid(Problem(f"tags.{n}", "is not text") for n in range(100))
    assert error.shown == error.problems


def test_the_text_of_each_problem_is_cut() -> None:
    [shown] = Invalid.at("x" * 100_000, "“" + "y" * 100_000 + "” is not known here").shown
    assert (len(shown.path), shown.path[-1], len(shown.message), shown.message[-1]) == (200, "…", 500, "…")


def test_the_problems_of_the_largest_body_stay_a_small_answer() -> None:
    error = Invalid(Problem("€" * 5000, "€" * 5000) for _ in range(5000))
    assert len(msgspec.json.encode(error.shown)) < 250_000
