"""Lists of things and counts of things, as English writes them."""

from collections.abc import Iterable, Sequence


def listed(names: Sequence[str], *, cut: int = 6, nobody: str = "nobody", word: str = "and") -> str:
    if len(names) > cut:
        names = [*names[: cut - 1], f"{len(names) - cut + 1} others"]
    if len(names) < 2:
        return names[0] if names else nobody
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def is_or_are(names: Sequence[object]) -> str:
    return "are" if len(names) > 1 else "is"


def quoted(words: Iterable[str]) -> str:
    return listed([f"“{word}”" for word in words], cut=99)


def counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
