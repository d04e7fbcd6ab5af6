"""Lists of things and counts of things, as English writes them."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup


def listed(names: Sequence[str], *, cut: int = 6, nobody: str = "nobody", word: str = "and") -> str:
    if len(names) > cut:
        names = [*names[: cut - 1], f"{len(names) - cut + 1} others"]
    if len(names) < 2:
        return names[0] if names else nobody
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def listed_apart(names: Sequence[str]) -> str:
    """“Ana and Ben”; where a name has a comma “Ana; and Ben Weiss, by operator root (command)”."""
    if len(names) > 1 and any(", " in name for name in names):
        return f"{'; '.join(names[:-1])}; and {names[-1]}"
    return listed(names)


def listed_html(names: Iterable[str], *, cut: int = 6, word: str = "and") -> Markup:
    """Return the list as HTML; no name turns the direction of the text around it. A name may be HTML itself."""
    isolated = [Markup("<bdi>%s</bdi>") % (name,) for name in names]
    return Markup(listed(isolated, cut=cut, word=word))  # noqa: S704  each name is escaped above


def quoted_html(words: Iterable[str], *, word: str = "and") -> Markup:
    isolated = [Markup("“<bdi>{}</bdi>”").format(each) for each in words]
    return Markup(listed(isolated, cut=99, word=word))  # noqa: S704  each word is escaped above


def quoted(words: Iterable[str]) -> str:
    return listed([f"“{word}”" for word in words], cut=99)


def counted(number: int, unit: str, units: str = "") -> str:
    """“1 answer”, “2 answers”, “2,400 characters”; `units` where the plural has no mere s."""
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {units or unit + 's'}"
