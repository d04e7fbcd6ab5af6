"""Evaluate rules: which policy a submission gets, whatever its author asks for. The first match wins.

A missing value matches nothing. A value of the wrong type is refused, so that no change of type bypasses a rule.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from approvals.domain.json_reader import meant
from approvals.domain.model.rule import Rule
from approvals.domain.model.submission import Option, Submission
from approvals.domain.problems import Invalid, Problem
from approvals.domain.rules.rule_context import facts_of, machine_of


def choose(rules: Sequence[Rule], submission: Submission, *, caller: str) -> Rule | None:
    """Return the first rule that applies, or None. Raises Invalid where a rule cannot compare a value's type."""
    if not rules:
        return None
    true = _judge(rules, facts_of(submission, caller=caller))
    return next((rule for rule in rules if _fits(rule, submission, caller) and (rule.when is None or true(rule))), None)


def automatic_answer(rule: Rule, submission: Submission) -> Option:
    """Return the option that an auto-approval takes. Raises Invalid where the submission has no such option."""
    wanted = rule.approve.option if rule.approve else None
    approving = [option for option in submission.options if option.side == "approve"]
    found = next((option for option in approving if wanted in (None, option.id)), None)
    if found is None:
        raise Invalid.at("options", f"rule “{rule.name}” approves with “{wanted}”, which is no approving option here")
    return found


def rule_problems(rules: Sequence[Rule], policies: Collection[str], path: str = "rules") -> Iterator[Problem]:
    """Yield the problems of rules that their schema cannot express; `policies` are the known names."""
    names = [rule.name for rule in rules]
    for n, rule in enumerate(rules):
        here = f"{path}[{n}]"
        if names.index(rule.name) != n:
            yield Problem(f"{here}.name", f"“{rule.name}” is there twice")
        yield from _effect_problems(rule, policies, here)
        yield from _expression_problems(rule, here)
        if _hides(rule, rules[n + 1 :]):
            yield Problem(here, "has no condition, so that the rules after it are never reached; put it last")


def _fits(rule: Rule, submission: Submission, caller: str) -> bool:
    """Return whether everything but the expression of a rule matches."""
    asks = submission.policy is not None or submission.reviewers is not None
    if rule.approve is None and rule.mode == "default" and asks:
        return False
    if rule.approve and submission.risk == "high" and not rule.approve.even_at_high_risk:
        return False
    tags = submission.tags
    return (
        (rule.state_machine is None or fnmatchcase(machine_of(submission), rule.state_machine))
        and (rule.caller is None or fnmatchcase(caller, rule.caller))
        and all(name in tags and fnmatchcase(tags[name], pattern) for name, pattern in rule.tags.items())
    )


def _judge(rules: Sequence[Rule], facts: dict[str, Any]) -> Callable[[Rule], bool]:
    """Return a predicate for expressions over the facts. The library is only imported where a rule has one."""
    if all(rule.when is None for rule in rules):
        return lambda _: True
    from approvals.domain.rules.expressions import Reader, parse_expression

    reader = Reader(facts)
    return lambda rule: reader.holds(parse_expression(rule.when or ""), rule=rule.name)


def _effect_problems(rule: Rule, policies: Collection[str], path: str) -> Iterator[Problem]:
    """Require exactly one effect, a policy or an auto-approval, that is possible."""
    if (rule.policy is None) == (rule.approve is None):
        yield Problem(path, "needs either a policy or approve, and not both")
    if rule.policy is not None and rule.policy not in policies:
        yield Problem(f"{path}.policy", f"there is no policy “{rule.policy}”{meant(rule.policy, policies)}")
    if rule.approve is None:
        return
    if rule.mode != "force":
        yield Problem(f"{path}.mode", "is for a policy; what approves by itself has none")
    if not rule.approve.because.strip():
        yield Problem(f"{path}.approve.because", "is empty; say why nobody has to be asked")
    patterns = filter(None, (rule.state_machine, rule.caller, *rule.tags.values()))
    if rule.when is None and all(set(pattern) == {"*"} for pattern in patterns):
        yield Problem(path, "approves everything: it needs a condition, and * is none")


def _expression_problems(rule: Rule, path: str) -> Iterator[Problem]:
    if rule.when is None:
        return
    from approvals.domain.rules.expressions import BadExpression, parse_expression

    try:
        parse_expression(rule.when)
    except BadExpression as error:
        yield from (Problem(f"{path}.when", str(complaint)) for complaint in error.complaints)


def _hides(rule: Rule, later: Iterable[Rule]) -> bool:
    """Return whether a rule without a condition hides later ones; a default hides later defaults only."""
    if rule.when is not None or rule.state_machine or rule.tags or set(rule.caller or "*") != {"*"}:
        return False
    return any(rule.mode == "force" or one.mode == "default" for one in later)
