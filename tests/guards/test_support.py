"""The support of the tests works: the network guard, databases, browser and mail server, and no skips in CI."""

import smtplib
import socket
import ssl
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from tests.support.database.postgres import PostgresServer
from tests.support.mail.smtp import SmtpServer
from tests.support.session.network import OutsideNetworkRefused
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE
from tests.support.wheel import ROOT

OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody has it

MAIL = "From: gateway@example.com\r\nTo: ana@example.com\r\nSubject: Déploiement\r\n\r\nPlease look.\r\n".encode()


# the network


@pytest.mark.parametrize("connect", ["connect", "connect_ex"])
def test_a_socket_does_not_connect_outside_this_machine(connect: str, outside_network: list[str]) -> None:
    with socket.socket() as client, pytest.raises(OutsideNetworkRefused, match=OUTSIDE):
        getattr(client, connect)((OUTSIDE, 443))
    assert outside_network == [OUTSIDE]
    outside_network.clear()


def test_a_name_outside_this_machine_is_not_looked_up(outside_network: list[str]) -> None:
    with pytest.raises(OutsideNetworkRefused, match=r"approvals\.example"):
        urllib.request.urlopen("https://approvals.example/")
    outside_network.clear()


def test_a_socket_connects_on_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_a_test_whose_code_swallows_the_refusal_fails_all_the_same(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import contextlib, socket

        def test_reaches_out():
            with contextlib.suppress(Exception):
                socket.create_connection(("{OUTSIDE}", 80))
        """
    )
    result = run_with(pytester, "tests.support.session.network")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*the test wanted to reach {OUTSIDE}*"])


def test_the_environment_names_no_account_proxy_or_setting_of_the_developer(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os

        def test_environment():
            assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
            assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
            assert not {"AWS_PROFILE", "HTTPS_PROXY", "http_proxy", "APPROVALS_DATABASE_URL"} & set(os.environ)
        """
    )
    theirs = {
        "AWS_ACCESS_KEY_ID": "AKIDEVELOPER",
        "AWS_PROFILE": "production",
        "HTTPS_PROXY": "http://proxy:3128",
        "http_proxy": "http://proxy:3128",
        "APPROVALS_DATABASE_URL": "sqlite:///mine.db",
    }
    run_with(pytester, "tests.support.session.network", **theirs).assert_outcomes(passed=1)


# no skips in CI


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"CI": "true"}, {"errors": 2, "failed": 1, "xfailed": 1}), ({"CI": ""}, {"skipped": 3, "xfailed": 1})],
    ids=["in CI", "elsewhere"],
)
def test_a_skipped_test_fails_in_ci_alone_and_gives_the_reason(
    pytester: pytest.Pytester, environment: dict[str, str], expected: dict[str, int]
) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def browser():
            pytest.skip("no browser here")

        def test_in_a_browser(browser): ...

        @pytest.mark.skip(reason="not today")
        def test_marked(): ...

        def test_changes_its_mind():
            pytest.skip("nothing to see")

        @pytest.mark.xfail(reason="known", strict=True)
        def test_known_to_fail():
            raise AssertionError
        """
    )
    result = run_with(pytester, "tests.support.session.no_skips", **environment)
    result.assert_outcomes(**expected)
    result.stdout.fnmatch_lines_random(["*no browser here*", "*not today*", "*nothing to see*"])
    assert (result.ret == pytest.ExitCode.OK) == ("skipped" in expected)


def test_a_skipped_file_fails_in_ci(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest; pytest.importorskip('no_such_library')")
    result = run_with(pytester, "tests.support.session.no_skips", CI="true")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no_such_library*"])


# databases


def test_postgres_answers(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        assert ask(url, "select 1") == 1


def test_a_bare_database_has_no_tables(bare_database_url: str) -> None:
    engine = create_engine(bare_database_url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_a_database_of_its_own_with_the_schema(database_url: str, turn: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    assert "approvals" in inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(text(f"create table only_in_the_{turn} (id integer)"))
    assert {name for name in inspect(engine).get_table_names() if name.startswith("only_in")} == {f"only_in_the_{turn}"}


# the browser


def test_chromium_renders_a_page(page: Page) -> None:
    page.goto("data:text/html,<title>Hello</title><h1>Approve?</h1>")
    assert page.title() == "Hello"
    assert page.get_by_role("heading", name="Approve?").is_visible()


def test_chromium_reaches_nothing_outside_this_machine(page: Page) -> None:
    page.goto("data:text/html,<h1>Approve?</h1>")
    reach = "url => fetch(url, {mode: 'no-cors'}).then(() => 'reached', () => 'refused')"
    assert page.evaluate(reach, f"http://{OUTSIDE}/") == "refused"
    assert page.evaluate(reach, "https://approvals.example/") == "refused"


@pytest.mark.parametrize("page", [DARK, PHONE], indirect=True, ids=["dark", "phone"])
def test_a_page_takes_a_colour_scheme_and_a_size(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("data:text/html,<meta name=viewport content=width=device-width>")
    dark, width = page.evaluate("[matchMedia('(prefers-color-scheme: dark)').matches, innerWidth]")
    assert (dark, width) == ((True, 1280) if "dark" in request.node.callspec.id else (False, 390))


def test_two_pages_share_no_cookies(new_page: Callable[..., Page]) -> None:
    ana, ben = new_page(), new_page()
    ana.context.add_cookies([{"name": "who", "value": "ana", "url": "http://localhost/"}])
    assert ben.context.cookies() == []


def test_axe_finds_a_picture_without_a_text(page: Page) -> None:
    page.goto("data:text/html,<html lang=en><title>t</title><main><h1>h</h1><img src=data:,></main>")
    [violation] = accessibility_violations(page)
    assert violation.startswith("image-alt")


# mail


def test_the_mail_server_keeps_what_it_receives(smtp: SmtpServer) -> None:
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as client:
        client.sendmail("bounces@example.com", ["ana@example.com"], MAIL, mail_options=["SMTPUTF8"])
    [message] = smtp.wait_for(1)
    assert (message["Subject"], message.get_content().strip()) == ("Déploiement", "Please look.")
    assert (smtp.received[0].sender, smtp.received[0].recipients) == ("bounces@example.com", ["ana@example.com"])


@pytest.mark.parametrize("reply", ["550 5.1.1 nobody here", "451 4.7.1 come back later"])
def test_the_mail_server_refuses_the_recipients_it_is_told_to(smtp: SmtpServer, reply: str) -> None:
    smtp.refusals["ben@example.com"] = reply
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as client:
        refused = client.sendmail("gateway@example.com", ["ana@example.com", "ben@example.com"], MAIL)
    assert refused == {"ben@example.com": (int(reply[:3]), reply[4:].encode())}
    assert smtp.received[0].recipients == ["ana@example.com"]


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret")}], indirect=True)
def test_the_mail_server_may_ask_for_starttls_and_a_password(smtp: SmtpServer) -> None:
    trust = ssl.create_default_context(cafile=smtp.ca_file)
    with smtplib.SMTP("localhost", smtp.port, timeout=10) as client:
        assert client.mail("gateway@example.com")[0] == 530
        client.starttls(context=trust)
        assert client.docmd("MAIL", "FROM:<gateway@example.com>")[0] in {503, 530}
        client.ehlo()
        assert client.mail("gateway@example.com")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("gateway", "wrong")
        client.login("gateway", "secret")
        client.sendmail("gateway@example.com", ["ana@example.com"], MAIL)
    assert len(smtp.messages) == 1


def ask(url: str, query: str) -> object:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(text(query)).scalar()


def run_with(pytester: pytest.Pytester, plugin: str, **environment: str) -> pytest.RunResult:
    """Another pytest, in a process and a folder of its own, with nothing of ours but the plugin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        for name, value in environment.items():
            patch.setenv(name, value)
        return pytester.runpytest_subprocess("-ra", "-p", plugin, "-p", "no:cacheprovider")
