"""`python -m tests.mutants [--jobs 2] [WORDS]`: try out the mutations whose guarantee or text has these words."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutation import Mutation, faults, mutations
from tests.mutants.trial import Result, copies, run, try_out


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description="Try out the mutations of the guarantees.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("words", nargs="*", help="try out only those whose guarantee or text has these words")
    given = parser.parse_args()
    chosen = [one for one in mutations() if all(word in f"{one.guarantee} {one.breaks}" for word in given.words)]
    wrong = [f"{one.guarantee}: {one.breaks}: {fault}" for one in chosen for fault in faults(one)]
    if wrong or not chosen:
        return failed("\n".join(wrong) or "no mutation has these words")
    with copies(min(given.jobs, len(chosen))) as roots:
        status, printed = run(roots[0], sorted({test for one in chosen for test in one.tests}))
        if status != 0:
            return failed(f"{printed}\nthe tests must pass before anything is changed")
        return told(chosen, roots)


def told(chosen: list[Mutation], roots: list[Path]) -> int:
    """Try out all mutations, print the table, and return 1 if one survived."""
    free: SimpleQueue[Path] = SimpleQueue()
    for root in roots:
        free.put(root)

    def trial(mutation: Mutation) -> Result:
        root = free.get()
        try:
            return try_out(root, mutation)
        finally:
            free.put(root)

    survived, group = 0, ""
    with ThreadPoolExecutor(len(roots)) as pool:
        for result in pool.map(trial, chosen):
            if result.mutation.guarantee != group:
                group = result.mutation.guarantee
                say(f"\n{group}")
            survived += not result.caught_by
            found = short(result.caught_by) if result.caught_by else f"SURVIVED: {result.why_not}"
            say(f"  {result.mutation.breaks:<74}  {found}  ({result.seconds:.0f} s)")
    groups = len({one.guarantee for one in chosen})
    say(f"\n{len(chosen)} mutations of {groups} guarantees: {len(chosen) - survived} caught, {survived} survived")
    return 1 if survived else 0


def short(test: str) -> str:
    """Return the name of a test with its file, without folders."""
    return test.rpartition("/")[2]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def failed(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
