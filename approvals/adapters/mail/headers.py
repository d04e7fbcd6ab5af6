"""Headers that hold message ids, written so that every mail program can read them."""

from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, EmailPolicy


class MessageIds(UnstructuredHeader):
    """A header of message ids, folded between them and never encoded.

    Python writes an id that is too long for a line as an encoded word, `=?utf-8?q?=3C…`. RFC 2047, section 5, forbids
    encoded words in these headers, and Outlook then shows each mail as a thread of its own.
    """

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header as lines, one message id each."""
        name = self.name  # type: ignore[attr-defined]  # of the class that HeaderRegistry makes
        return f"{name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("Message-ID", "In-Reply-To", "References"):
        registry.map_to_type(name, MessageIds)  # type: ignore[arg-type]  # typeshed asks for BaseHeader, which it adds
    return registry


POLICY = SMTP.clone(header_factory=_registry())
"""The policy of `email.policy.SMTP`, with these headers."""
