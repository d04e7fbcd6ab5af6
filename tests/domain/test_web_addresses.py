"""Web addresses: the host that is shown for a link is the host that a browser opens, by Node's URL parser."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.domain.web_addresses import ascii_domain, read_web_address

JUDGE = """
const opened = (text) => { try { const u = new URL(text); return `${u.protocol}//${u.host}` } catch { return null } };
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).map(opened)));
"""


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://bank.example/a?b#c", "bank.example"),
        ("https://bank.example/a b", "bank.example"),
        ("HTTPS://Bank.Example:8443", "bank.example"),
        ("https://straße.example/", "xn--strae-oqa.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://127.0.0.1:8000/", "127.0.0.1"),
        ("https://[2001:DB8::1]/", "[2001:db8::1]"),
        ("https://my_bucket.example./", "my_bucket.example."),
    ],
)
def test_the_host_of_an_address_is_ascii(text: str, host: str) -> None:
    assert read_web_address(text).host == host


@pytest.mark.parametrize(
    "text",
    [
        "https://bank.example@evil.example/",
        "https://user:pass@bank.example/",
        "https://bank.example:/",
        "https://bank.example:0/",
        "https://bank.example:99999/",
        "https://bank.example:8a/",
        "https://bank.example\\@evil.example/",
        "https://evil.example\\.bank.example/",
        " https://bank.example/",
        "https://bank.example/ ",
        "https://bank .example/",
        "https://bank.example/a\tb",
        "https://ba\tnk.example/",
        "https:/bank.example/",
        "https:bank.example",
        "https:///bank.example/",
        "//bank.example/",
        "javascript:alert(1)",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://127.1/",
        "https://010.0.0.1/",
        "https://bank%2eexample/",
        "https://[::1/",
        "https://-.example/",
        "https://xn--a.example/",
        "https://bank..example/",
        "https://",
    ],
)  # fmt: skip
def test_what_a_browser_would_repair_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_web_address(text)


def test_a_domain_is_encoded_by_idna_2008() -> None:
    assert ascii_domain("straße.example") == "xn--strae-oqa.example"
    assert ascii_domain("strasse.example") == "strasse.example"
    assert ascii_domain("Bücher.example") == ascii_domain("xn--bcher-kva.example")


PARTS = st.sampled_from(
    ["bank", "evil", ".", ".example", "@", ":", ":8443", ":0", "/", "//", "\\", "?", "#", "%", "%2f", "%40", "[", "]",
     "::1", "1", "127", "0x7f", "08", "xn--", "xn--bcher-kva", "ß", "ü", "İ", "ı", "。", "．", "／", "＠", "\u200d",
     "\u00ad", "ﬁ", "☃", "\t", "\n", " ", "-", "_", "A", "é", "日本", "\u202e", "K"]
)  # fmt: skip
ADDRESSES = st.builds(
    lambda scheme, begin, parts: scheme + begin + "".join(parts),
    st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "https:", "https:\\\\"]),
    st.sampled_from(["", "bank.example", "www."]),
    st.lists(PARTS, max_size=6),
)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here: run scripts/test-machine")
@settings(max_examples=10, deadline=None)
@given(st.lists(ADDRESSES, min_size=300, max_size=400))
def test_a_browser_opens_the_host_that_is_shown(addresses: list[str]) -> None:
    command = ["node", "-e", JUDGE]
    done = subprocess.run(command, input=json.dumps(addresses), capture_output=True, text=True, check=True)
    for text, opened in zip(addresses, json.loads(done.stdout), strict=True):
        try:
            found = read_web_address(text)
        except ValueError:
            continue
        default = {"https": 443, "http": 80}[found.scheme]
        port = "" if found.port in (None, default) else f":{found.port}"
        assert opened == f"{found.scheme}://{found.host}{port}", text
