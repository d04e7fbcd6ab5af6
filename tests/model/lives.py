"""Random directories, policies and what happens: small, so that whatever goes wrong is a short story."""

from typing import Any

from hypothesis import strategies as st

PEOPLE = ("ana", "ben", "cat", "dee", "rhea")
ADDRESSES = tuple(f"{name}@example.com" for name in PEOPLE)
ALIASES = {"ana": ["a.silva@example.com"], "rhea": ["r.lee@example.com"]}
REFERENCES = st.sampled_from(
    [*PEOPLE, "group:g1", "group:g2", "group:g1", "a.silva@example.com", "r.lee@example.com", "zoe@example.com"]
)
SOME = st.lists(REFERENCES, min_size=1, max_size=5, unique=True)
MEMBERS = st.lists(st.sampled_from([*PEOPLE, "ana@example.com", "zoe@example.com"]), max_size=4)
FIRST_MEMBERS = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True)
HOURS = st.sampled_from([1, 2, 3, 5, 8])


@st.composite
def absences(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    """At most one: they may not overlap."""
    if draw(st.integers(0, 3)):
        return []
    begin = draw(st.integers(-2, 12))
    delegate = draw(st.sampled_from([None, *(other for other in (*PEOPLE, "zoe@example.com") if other != name)]))
    return [{"from": begin, "until": begin + draw(st.integers(1, 40)), "delegate": delegate}]


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    people = {
        name: {"email": address, "aliases": ALIASES.get(name, []), "away": draw(absences(name))}
        for name, address in zip(PEOPLE, ADDRESSES, strict=True)
    }
    groups = {"g1": draw(FIRST_MEMBERS), "g2": [*draw(FIRST_MEMBERS), *draw(st.sampled_from([[], ["group:g1"]]))]}
    return {"people": people, "groups": groups}


NEEDS = st.sampled_from([1, 1, 1, 1, 2, 2, 3, "all", "50%", "70%"])
GROUP = st.fixed_dictionaries({"from": st.lists(REFERENCES, min_size=2, max_size=5, unique=True), "need": NEEDS})
STEP = st.fixed_dictionaries({"after": HOURS, "to": SOME, "mode": st.sampled_from(["add", "replace"])})


@st.composite
def stages(draw: st.DrawFn, *, last: bool) -> dict[str, Any]:
    timeout = draw(st.sampled_from([None, None, 3, 6, 10]))
    rules = ["fail", "reject"] if last else ["fail", "reject", "pass", "pass"]
    return {
        "groups": draw(st.lists(GROUP, min_size=1, max_size=draw(st.sampled_from([1, 1, 2])))),
        "reject": draw(st.sampled_from([1, 1, 1, 2])),
        "escalate": draw(st.lists(STEP, max_size=2)),
        "timeout": timeout,
        "onTimeout": draw(st.sampled_from(rules)) if timeout else None,
    }


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.sampled_from([1, 1, 1, 2, 2, 3]))
    return {
        "stages": [draw(stages(last=n == count - 1)) for n in range(count)],
        "timeout": draw(st.sampled_from([12, 20, 40])),
        "onTimeout": draw(st.sampled_from(["fail", "reject", "approve"])),
        "excludeRequester": draw(st.sampled_from([True, True, False])),
        "onBehalf": draw(st.sampled_from([True, True, False])),
    }


# By somebody, or mostly by one of those who may: the n-th of them.
ANSWERS = st.tuples(
    st.just("answer"),
    st.one_of(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.sampled_from([*PEOPLE, "zoe@example.com"])),
    st.sampled_from(["ship", "ship", "ship", "ship", "hold", "drop"]),
    st.sampled_from(["link", "link", "command"]),
)
JOINS = st.tuples(st.just("group"), st.sampled_from(["g1", "g2"]), MEMBERS)
LEAVES = st.sampled_from(PEOPLE).flatmap(lambda name: st.tuples(st.just("away"), st.just(name), absences(name)))
REASSIGNMENTS = st.tuples(st.just("reassign"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans())
EXTENSIONS = st.tuples(st.just("extend"), st.integers(1, 10))
FAILURES = st.tuples(st.just("mail_fails"), st.sampled_from(PEOPLE))
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 1, 2, 4, 9]),
        st.booleans(),
        st.one_of(ANSWERS, ANSWERS, ANSWERS, JOINS, LEAVES, REASSIGNMENTS, EXTENSIONS, FAILURES),
    ),
    min_size=3,
    max_size=14,
)
"""(hours that pass, whether somebody sweeps meanwhile, what happens then)"""
