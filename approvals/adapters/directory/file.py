"""The directory file: people, groups, policies, calendars, rules and adapters, as YAML. All problems are reported at
once, each with its line."""

from collections.abc import Iterable, Iterator, Sized
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from approvals.adapters.directory.partial import PartialFile, rest_of
from approvals.adapters.directory.yaml import BadYaml, Tree, read_yaml
from approvals.domain.calendar.absence import Away
from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.calendar.time_zones import Zone
from approvals.domain.checks.directory_checks import directory_problems
from approvals.domain.directory.people import Directory, Person
from approvals.domain.json_reader import meant, read
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.payload_adapter import Adapter, adapter_problems
from approvals.domain.model.policy import Policy
from approvals.domain.model.rule import Rules
from approvals.domain.problems import MOST, Invalid, Problem, bounded
from approvals.domain.references import Name, Reference
from approvals.domain.values import Value
from approvals.presentation.lists import counted, listed

LARGEST = 1024 * 1024
"""The size limit in bytes, enough for twenty thousand people."""


Language = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", extra={"fix": "write a language such as en, de or pt-BR"}),
]


class Entry(Value, frozen=True, kw_only=True):
    """A person in the file; their id is the key of the entry."""

    name: Annotated[str, Meta(max_length=200, description="The name that others read. Default: the key.")] = ""
    email: Annotated[Annotated[str, Meta(max_length=320)] | None, Meta(description="Their mail address.")] = None
    slack: Annotated[
        str | None,
        Meta(description="Their member id in Slack: U… in the default workspace, T…/U… in another."),
    ] = None
    aliases: Annotated[
        tuple[Reference, ...],
        Meta(
            max_length=20,
            description="Further addresses of the same person, who counts once: e-mail addresses, slack:U…",
        ),
    ] = ()
    timezone: Annotated[Zone | None, Meta(description="Their time zone: Europe/Berlin.")] = None
    locale: Annotated[Language | None, Meta(description="Their language: en, de, pt-BR.")] = None
    notify: Annotated[
        Literal["mail", "slack"] | None,
        Meta(description="The channel that they prefer. Default: Slack, if they have both and it is set up."),
    ] = None
    away: Annotated[
        tuple[Away, ...], Meta(max_length=100, description="When they cannot answer, and who answers for them.")
    ] = ()
    quiet_hours: Annotated[QuietHours | None, Meta(description="When they get no messages.")] = None


class DirectoryFile(Value, frozen=True, kw_only=True):
    """The whole file: who may be asked, and how. Everything in it is optional."""

    people: Annotated[dict[Name, Entry], Meta(description="The people, by the names that references use.")] = {}
    groups: Annotated[
        dict[Name, tuple[Reference, ...]],
        Meta(description="Lists of people, addresses and other groups. References to a group read group:NAME."),
    ] = {}
    policies: Annotated[dict[Name, Policy], Meta(description="The policies that submissions and rules name.")] = {}
    calendars: Annotated[
        dict[Name, Calendar], Meta(description="The working hours that policies count by, by name.")
    ] = {}
    rules: Annotated[
        Rules, Meta(description="Rules that choose the policy of a submission. The first that matches applies.")
    ] = ()
    adapters: Annotated[
        tuple[Adapter, ...],
        Meta(description="How to read payloads of other shapes, and what their workflows get. The first that matches."),
    ] = ()
    allow_inline_policies: Annotated[
        bool, Meta(description="Whether submissions may name their own policy or reviewers.")
    ] = True

    @property
    def directory(self) -> Directory:
        return Directory(
            people={name: _person(name, entry) for name, entry in self.people.items()},
            groups=self.groups,
            policies=self.policies,
            calendars=self.calendars,
            rules=self.rules,
            allow_inline_policies=self.allow_inline_policies,
        )

    @property
    def counted(self) -> str:
        """Return a summary: 12 people, 4 groups, 3 policies, 2 calendars and 5 rules; adapters, if any."""
        parts: dict[tuple[str, str], Sized] = {
            ("person", "people"): self.people,
            ("group", "groups"): self.groups,
            ("policy", "policies"): self.policies,
            ("calendar", "calendars"): self.calendars,
            ("rule", "rules"): self.rules,
            ("adapter", "adapters"): self.adapters,
        }
        return listed([counted(len(part), *words) for words, part in parts.items() if part or words[0] != "adapter"])


class LocatedProblem(msgspec.Struct, frozen=True, order=True):
    """A problem with its line, for editors and CI."""

    line: int
    path: str
    message: str

    def of(self, name: str) -> str:
        """Return the problem as a line about the file of this name; line 0 is of no line of it."""
        return f"{name}:{self.line}: {Problem(self.path, self.message)}" if self.line else self.message


class WrongDirectory(Misconfigured):
    """The file is invalid; `problems` are in the order of its lines."""

    def __init__(self, name: str, problems: Iterable[LocatedProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(problem.of(name) for problem in self.shown))

    @property
    def shown(self) -> tuple[LocatedProblem, ...]:
        """Return what people get to see: a file can have thousands of problems. The last one counts the others."""
        texts = bounded([Problem(problem.path, problem.message) for problem in self.problems])
        lines = [problem.line for problem in self.problems[:MOST]] + [0] * (len(self.problems) > MOST)
        return tuple(LocatedProblem(line, text.path, text.message) for line, text in zip(lines, texts, strict=True))


def decode_directory_file(raw: bytes, *, name: str) -> DirectoryFile:
    """Return what the bytes of a directory file hold; `name` is its name in errors. Raises Misconfigured."""
    if len(raw) > LARGEST:
        raise Misconfigured(f"{name} has more than {LARGEST // 1024} KiB; put less into one directory")
    try:
        return parse_directory_file(raw.decode(), name=name)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Misconfigured(f"{name} is not UTF-8: line {line} has a byte 0x{raw[error.start]:02x}") from None


def parse_directory_file(text: str, *, name: str) -> DirectoryFile:
    """Return what the text of a directory file holds. Raises Misconfigured."""
    try:
        tree = read_yaml(text)
        found, problems = _read(tree)
    except BadYaml as error:
        raise WrongDirectory(name, [LocatedProblem(error.line, "", str(error))]) from None
    except RecursionError:
        raise WrongDirectory(name, [LocatedProblem(1, "", "is nested too deep")]) from None
    if found is None or problems:
        raise WrongDirectory(
            name, (LocatedProblem(tree.line(problem.path), problem.path, problem.message) for problem in problems)
        )
    return found


def line_of(text: str, path: str) -> int:
    """Return the line of a path in the text of a directory file."""
    return read_yaml(text).line(path)


def _read(tree: Tree) -> tuple[DirectoryFile | None, list[Problem]]:
    """Return the file with its problems; an entry with a wrong type does not hide problems in the rest."""
    try:
        found = read(DirectoryFile, tree.value)
    except Invalid as error:
        rest = rest_of(tree.value, error.problems)
        return None, [*tree.problems, *error.problems, *(_problems_of_rest(rest) if rest else ())]
    return found, [*tree.problems, *_problems(found)]


def _problems_of_rest(rest: PartialFile) -> Iterator[Problem]:
    try:
        found = msgspec.convert(rest.value, DirectoryFile)
    except msgspec.ValidationError:  # an invalid key has no placeholder
        return
    yield from (problem for problem in _problems(found) if rest.tells(problem))


def _problems(found: DirectoryFile) -> Iterator[Problem]:
    yield from directory_problems(found.directory)
    for number, adapter in enumerate(found.adapters):
        yield from adapter_problems(adapter, f"adapters[{number}]")
        yield from _named_policy_problems(adapter, found.policies, f"adapters[{number}].submission.policy")


def _named_policy_problems(adapter: Adapter, policies: Iterable[str], path: str) -> Iterator[Problem]:
    """Check that a policy named literally exists; one named by an expression is unknown until a payload arrives."""
    named = adapter.submission.get("policy")
    if isinstance(named, str) and "{" not in named and named not in policies:
        yield Problem(path, f"there is no policy “{named}”{meant(named, policies)}")


def _person(name: str, entry: Entry) -> Person:
    fields: dict[str, Any] = {field: getattr(entry, field) for field in Entry.__struct_fields__}
    return Person(id=name, **fields)
