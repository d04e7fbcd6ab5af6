"""The mail URL."""

import pytest

from approvals.adapters.mail.url import SesService, SmtpServer, parse_mail_url
from approvals.domain.model.errors import Misconfigured


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", SmtpServer(host="mail.example.com", port=25)),
        ("smtp://u:p%40ss@mail.example.com", SmtpServer(host="mail.example.com", port=587, user="u", password="p@ss")),
        ("smtps://u:p@m.example", SmtpServer(host="m.example", port=465, user="u", password="p", encryption="tls")),
        ("smtp://m.example:2525?starttls=optional", SmtpServer(host="m.example", port=2525, encryption="optional")),
        ("smtp://mail.example?starttls=no", SmtpServer(host="mail.example", port=25, encryption="no")),
        ("smtp://localhost:1025", SmtpServer(host="localhost", port=1025, encryption="optional")),
        ("smtp://127.0.0.1:1025?starttls=required", SmtpServer(host="127.0.0.1", port=1025)),
        ("smtp://[::1]:1025/", SmtpServer(host="::1", port=1025, encryption="optional")),
        ("ses://", SesService()),
        ("ses://eu-west-1?configuration-set=approvals", SesService(region="eu-west-1", configuration_set="approvals")),
    ],
)  # fmt: skip
def test_a_mail_url_is_read(url: str, expected: SmtpServer | SesService) -> None:
    assert parse_mail_url(url) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must look like"),
        ("http://mail.example.com", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://u:hunter2@mail.example.com/path", "must look like"),
        ("smtp://u:hunter2@mail.example.com:port", "cannot be read"),
        ("smtp://u:hunter2@[mail", "cannot be read"),
        ("smtp://u:hunter2@mail.example.com?starttls=maybe", "is one of required, optional or no"),
        ("smtp://u:hunter2@mail.example.com?startls=no", "an option “startls”; known are: starttls"),
        ("smtp://u:hunter2@mail.example.com?starttls=no", "without encryption"),
        ("smtp://u:hunter2@mail.example.com?starttls=optional", "without encryption"),
        ("smtps://mail.example.com?starttls=no", "known are: none"),
        ("ses://eu-west-1?region=x", "known are: configuration-set"),
    ],
)
def test_a_wrong_mail_url_is_refused_with_the_reason_and_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as raised:
        parse_mail_url(url)
    assert "hunter2" not in str(raised.value)
