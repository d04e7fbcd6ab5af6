"""The directory file: people, groups, policies and adapters, as YAML. Every fault is found at start, with its line.

Only the YAML that is also JSON's is understood: `no` is a word, and a date is text.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from msgspec import Meta

from approvals.domain.adapting import Adapter, adapter_faults
from approvals.domain.directory import EMAIL, SLACK_ID, Directory, Person
from approvals.domain.errors import Fault, Invalid, Misconfigured
from approvals.domain.policy import Name, Policy, Reference
from approvals.domain.policy_rules import shape_faults, unsatisfiable
from approvals.domain.reading import read
from approvals.domain.seating import Reach, naming_faults
from approvals.domain.values import Value

_ANYHOW = Reach(channels=frozenset({"mail", "slack"}), assurance="signin")
"""Whether a channel is set up here is judged when somebody is asked."""


class Entry(Value, frozen=True, kw_only=True):
    """A person in the file; their id is the name they stand under."""

    name: str = ""
    email: Annotated[str, Meta(max_length=320)] | None = None
    slack: str | None = None
    timezone: str | None = None


class DirectoryFile(Value, frozen=True, kw_only=True):
    """The whole file."""

    people: dict[Name, Entry] = {}
    groups: dict[Name, tuple[Reference, ...]] = {}
    policies: dict[Name, Policy] = {}
    adapters: tuple[Adapter, ...] = ()

    @property
    def directory(self) -> Directory:
        return Directory(
            people={
                name: Person(id=name, name=one.name, email=one.email, slack=one.slack, timezone=one.timezone)
                for name, one in self.people.items()
            },
            groups=self.groups,
            policies=self.policies,
        )


def read_directory_file(path: str) -> DirectoryFile:
    """Raises Misconfigured with every fault: file, line, path and what is wrong."""
    try:
        return parse_directory_file(Path(path).read_text(encoding="utf-8"), name=path)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is not UTF-8") from None


def parse_directory_file(text: str, *, name: str) -> DirectoryFile:
    """The same of its text. `name` is how faults call the file."""
    lines: dict[str, int] = {}
    try:
        found = read(DirectoryFile, _loaded(text, lines))
        faults = list(_faults(found))
        if faults:
            raise Invalid(faults)
    except Invalid as error:
        said = (f"{name}:{_line(fault.path, lines)}: {fault}" for fault in error.faults)
        raise Misconfigured("\n".join(said)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Misconfigured(f"{name}:{line}: is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise Misconfigured(f"{name}:1: is not YAML: {error}") from None
    return found


def line_of(text: str, path: str) -> int:
    """Where that stands in the text of a directory file."""
    lines: dict[str, int] = {}
    _loaded(text, lines)
    return _line(path, lines)


def _line(path: str, lines: dict[str, int]) -> int:
    """Where that stands, or the nearest thing around it that stands in the file."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _faults(found: DirectoryFile) -> Iterator[Fault]:
    directory = found.directory
    yield from _people_faults(found.people)
    for group, members in found.groups.items():
        for n, member in enumerate(members):
            yield from directory.resolve(member, f"groups.{group}[{n}]")[1]
    for policy_name, policy in found.policies.items():
        path = f"policies.{policy_name}"
        wrong = naming_faults(policy, directory=directory, requester=None, reach=_ANYHOW, path=path)
        yield from wrong or unsatisfiable(policy, directory=directory, requester=None, path=path)
        yield from shape_faults(policy, where=path)
    for number, adapter in enumerate(found.adapters):
        yield from adapter_faults(adapter, f"adapters[{number}]")
        yield from _policy_faults(adapter, found.policies, f"adapters[{number}].submission.policy")


def _people_faults(people: dict[str, Entry]) -> Iterator[Fault]:
    known: dict[str, str] = {}
    for name, person in people.items():
        if not (person.email or person.slack):
            yield Fault(f"people.{name}", "has no address; give an email or a slack id")
        if person.email and not EMAIL.fullmatch(person.email):
            yield Fault(f"people.{name}.email", f"“{person.email}” is not an e-mail address")
        if person.slack and not SLACK_ID.fullmatch(person.slack):
            yield Fault(f"people.{name}.slack", f"“{person.slack}” is not the id of a Slack member, such as U024BE7LH")
        for address in filter(None, (person.email and person.email.casefold(), person.slack)):
            if (other := known.setdefault(address, name)) != name:
                yield Fault(f"people.{name}", f"has the same address as {other}; one person stands here once")


def _policy_faults(adapter: Adapter, policies: Iterable[str], path: str) -> Iterator[Fault]:
    """A policy that is named outright must be there; one that an expression finds cannot be known yet."""
    named = adapter.submission.get("policy")
    if isinstance(named, str) and "{" not in named and named not in policies:
        yield Fault(path, f"there is no policy “{named}”; known are: {', '.join(sorted(policies)) or 'none'}")


class _Words(yaml.resolver.BaseResolver):
    """What is not text. YAML 1.1 takes `no` for false and 12:30 for 750; JSON does not, and neither do we."""


for _kind, _pattern, _begins in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
):
    _Words.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_pattern})$"), list(_begins))


class _Loader(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Words):
    """Composes the tree of the file, with the place of everything in it; it makes no objects of anything."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        for part in (yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Words):
            part.__init__(self)


_SCALARS: dict[str, Any] = {"bool": lambda text: text == "true", "null": lambda _: None, "int": int, "float": float}


def _loaded(text: str, lines: dict[str, int]) -> Any:
    """The file as JSON would give it; `lines` learns where each path stands."""
    node = _Loader(text).get_single_node()
    return {} if node is None else _value(node, "", lines, ())


def _value(node: yaml.Node, path: str, lines: dict[str, int], above: tuple[int, ...]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in above:
        raise Invalid.at(path, "contains itself")
    inside = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, inside)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{path}[{n}]", lines, inside) for n, item in enumerate(node.value)]
    make = _SCALARS.get(node.tag.rpartition(":")[2], str)
    return make(node.value)


def _mapping(node: yaml.MappingNode, path: str, lines: dict[str, int], inside: tuple[int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Invalid.at(path, "has a key that is not a word")
        where = f"{path}.{key.value}" if path else key.value
        lines[where] = key.start_mark.line + 1
        if key.value in found:
            raise Invalid.at(where, "stands there twice")
        found[key.value] = _value(item, where, lines, inside)
    return found
