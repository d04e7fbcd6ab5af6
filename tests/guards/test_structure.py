"""The structure of the package: small folders, plain names, no cycles, and a true picture of it in the docs."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.support.wheel import ROOT

PACKAGE = ROOT / "approvals"
MOST_MODULES = 12
MOST_LINES = 300
FOLDERS = sorted(folder.parent for folder in PACKAGE.rglob("__init__.py"))


def modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("__"))


def packages(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/__init__.py"))


def prefix_families(names: list[str]) -> list[str]:
    """The first words that three or more of the names share."""
    counted = Counter(name.split("_")[0] for name in names)
    return sorted(word for word, times in counted.items() if times >= 3)


def repeats(package: str, module: str) -> bool:
    """Whether a module has the name of its package, in the singular or the plural."""
    return package.rstrip("s") == module.rstrip("s")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_a_folder_holds_at_most_twelve_modules(folder: Path) -> None:
    assert len(modules(folder)) <= MOST_MODULES, "part it by subject"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_no_prefix_replaces_a_package(folder: Path) -> None:
    assert prefix_families([*modules(folder), *packages(folder)]) == [], "make a package of what shares a prefix"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_no_module_repeats_the_name_of_its_package(folder: Path) -> None:
    assert [name for name in modules(folder) if repeats(folder.name, name)] == []


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert [str(path) for path, lines in lengths.items() if lines > MOST_LINES] == []


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("approvals", cache_dir=None)
    assert {module: chain for module in graph.modules if (chain := cycle_of(graph, module))} == {}


def cycle_of(graph: grimp.ImportGraph, module: str) -> tuple[str, ...]:
    for imported in graph.find_modules_directly_imported_by(module):
        if chain := graph.find_shortest_chain(importer=imported, imported=module):
            return (module, *chain)
    return ()


def test_the_guard_finds_what_it_forbids() -> None:
    assert prefix_families(["slack_api", "slack_text", "slack_home", "mail_text"]) == ["slack"]
    assert repeats("rules", "rules")
    assert repeats("settings", "setting")
    assert not repeats("rules", "evaluation")
    graph = grimp.ImportGraph()
    for module in ("a", "b", "c"):
        graph.add_module(module)
    graph.add_import(importer="a", imported="b")
    graph.add_import(importer="b", imported="c")
    assert cycle_of(graph, "a") == ()
    graph.add_import(importer="c", imported="a")
    assert cycle_of(graph, "a") == ("a", "b", "c", "a")


def pictured() -> Iterator[str]:
    """The packages in the picture of docs/explanation/architecture.md: indented names that end in a slash."""
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text()
    [picture] = re.findall(r"^```\napprovals/\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    parents: list[str] = []
    for indent, name in re.findall(r"^( +)([a-z_]+)/", picture, re.MULTILINE):
        parents[len(indent) // 2 - 1 :] = [name]
        yield "/".join(parents)


def test_the_picture_of_the_packages_is_complete() -> None:
    there = {folder.relative_to(PACKAGE).as_posix() for folder in FOLDERS} - {"."}
    assert sorted(pictured()) == sorted(there)
