"""Read a mail address as a mail server does, so that two spellings of one mailbox are one person.

A domain is compared by its ASCII form (IDNA 2008), to which mail is sent. Addresses that look alike and are not the
same are refused: a person could not tell them apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from approvals.domain.web_addresses import ascii_domain

ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]{2,}")
"""The shape of an address; `read_mail_address` checks the rest."""
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
"""Unicode categories of characters that nobody sees in an address."""
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
"""Scripts that are written together (Unicode Technical Standard 39, section 5.2, “highly restrictive”)."""


class MailAddress(msgspec.Struct, frozen=True):
    """A mailbox: its local part as it was written, and its domain in ASCII."""

    local: str
    domain: str

    @property
    def text(self) -> str:
        """The address to which mail is sent."""
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """Equal for the spellings of one mailbox; in practice no server distinguishes upper and lower case."""
        return f"{self.local}@{self.domain}".lower()


def read_mail_address(text: str) -> MailAddress:
    """Parse a plain address, `name@host`. Raises ValueError with the reason."""
    if not ADDRESS.fullmatch(text):
        raise ValueError("is not an e-mail address")
    local, _, domain = text.rpartition("@")
    if not text.isascii() and any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise ValueError("holds an invisible character; write the address again by hand")
    for part in () if text.isascii() else (local, *domain.split(".")):
        if not _in_one_script(part):
            raise ValueError(f"mixes alphabets in “{part}”, whose letters look alike; write it in one alphabet")
    return MailAddress(unicodedata.normalize("NFC", local), _domain(unicodedata.normalize("NFC", domain)))


def _domain(text: str) -> str:
    """Return a domain in ASCII. Raises ValueError."""
    domain = text if text.isascii() else ascii_domain(text)
    if len(domain) > 253 or not all(0 < len(label) < 64 for label in domain.split(".")):
        raise ValueError("is not an e-mail address")
    return domain


def is_mail_address(text: str) -> bool:
    try:
        return bool(read_mail_address(text))
    except ValueError:
        return False


def reference_key(reference: str) -> str:
    """Return a text that is equal for two references to the same mailbox, Slack member or name."""
    if reference.isascii():
        return reference.lower()
    try:
        return read_mail_address(reference).key
    except ValueError:
        return unicodedata.normalize("NFC", reference).lower()


def look_alikes(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of different addresses that a reader would take for the same one."""
    addresses = list(addresses)
    if all(map(str.isascii, addresses)):
        return
    found = {reference_key(address): address for address in addresses}
    seen: dict[str, str] = {}
    for address in found.values():
        other = seen.setdefault(_skeleton(address), address)
        if other != address:
            yield address, other


def _in_one_script(part: str) -> bool:
    scripts = {unicodedata.name(letter, "UNKNOWN").split(" ")[0] for letter in part if letter.isalpha()}
    return len(scripts) < 2 or any(scripts <= group for group in _TOGETHER)


def _skeleton(text: str) -> str:
    """Replace each letter by the ASCII letter that looks the same (Unicode Technical Standard 39, section 4)."""
    from confusable_homoglyphs import confusables  # only here: its table would cost every cold start

    def plain(letter: str) -> str:
        alike = (found["c"] for found in confusables.confusables_data.get(letter, ()))
        return letter if letter.isascii() else next((c for c in alike if c.isascii() and c.isalnum()), letter)

    return "".join(map(plain, unicodedata.normalize("NFKC", text).lower()))
