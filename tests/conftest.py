"""The plugins of all tests: no network, no skipped test in CI, and real servers that a fixture starts."""

pytest_plugins = [
    "pytester",
    "tests.support.web.chromium",
    "tests.support.web.nginx",
    "tests.support.database.engines",
    "tests.support.database.pgbouncer",
    "tests.support.session.logs",
    "tests.support.session.network",
    "tests.support.session.no_skips",
    "tests.support.session.profiles",
    "tests.support.slack.published_types",
    "tests.support.slack.workspace",
    "tests.support.mail.smtp",
    "tests.support.wheel",
]
