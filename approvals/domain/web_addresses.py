"""Read a web address as a browser reads it, so that the host that is shown is the host that the link opens.

Browsers repair much that urllib refuses or reads otherwise (https://url.spec.whatwg.org/#url-parsing): they drop tabs
and line breaks, take a backslash for a slash, and read 0x7f.1 as an IP address. Such addresses are refused.
"""

import ipaddress
import re

import msgspec

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]+)(?P<rest>[/?#].*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
_BLANK = re.compile(r"^\s|\s$|[^\S ]|[\x00-\x1f\x7f\\]")


class WebAddress(msgspec.Struct, frozen=True):
    """An absolute http or https address. `host` is ASCII and in lower case, an IPv6 address in brackets."""

    scheme: str
    host: str
    port: int | None
    rest: str

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.host}{'' if self.port is None else f':{self.port}'}{self.rest}"

    @property
    def origin(self) -> str:
        """Return the origin as browsers send it: without the default port (https://url.spec.whatwg.org/#origin)."""
        port = "" if self.port in (None, _DEFAULT_PORTS[self.scheme]) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def read_web_address(text: str) -> WebAddress:
    """Parse an address. Raises ValueError with the reason and the fix."""
    if _BLANK.search(text):
        raise ValueError("holds white space around it, a tab, a line break or a backslash; leave them out or write %5C")
    match = _ADDRESS.fullmatch(text)
    if match is None or " " in match["authority"]:
        raise ValueError("is not a web address; write one such as https://example.com/orders/1")
    if "@" in match["authority"]:
        raise ValueError("holds a user name before the host, which hides the host; leave it out")
    parts = _AUTHORITY.fullmatch(match["authority"])
    if parts is None or (parts["port"] and not 0 < int(parts["port"]) < 2**16):
        raise ValueError("has no valid host and port; write them as example.com or example.com:8443")
    port = int(parts["port"]) if parts["port"] else None
    return WebAddress(match["scheme"].lower(), _host(parts["host"]), port, match["rest"] or "")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, reached from this machine alone. An IPv6 address has no brackets."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def ascii_domain(domain: str) -> str:
    """Return a domain as DNS and mail servers know it (IDNA 2008), in lower case. Raises ValueError."""
    if domain.isascii():
        return domain.lower()
    import idna  # only here: its tables would cost every cold start

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError(f"“{domain}” is not a domain") from None


def _host(text: str) -> str:
    """Return a host in ASCII. Raises ValueError."""
    if text.startswith("["):
        return f"[{_ip_address(text[1:-1], ipaddress.IPv6Address)}]"
    host = ascii_domain(text)
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):  # a browser reads any such host as an IPv4 address
        return _ip_address(host, ipaddress.IPv4Address)
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"“{text}” is not a host")
    _check_punycode(labels)
    return host


def _check_punycode(labels: list[str]) -> None:
    """Refuse ASCII labels that pretend to be encoded ones. Raises ValueError."""
    for label in labels:
        if label.startswith("xn--"):
            import idna

            try:
                idna.ulabel(label)
            except idna.IDNAError:
                raise ValueError(f"“{label}” is not the encoded form of a name") from None


def _ip_address(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> str:
    try:
        return str(kind(text))
    except ValueError:
        raise ValueError(f"“{text}” is not an IP address") from None
