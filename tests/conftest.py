"""What every test stands on: no network, no skipping in CI, and real servers that start when a fixture is named."""

pytest_plugins = [
    "pytester",
    "tests.support.chromium",
    "tests.support.databases",
    "tests.support.logs",
    "tests.support.network",
    "tests.support.no_skips",
    "tests.support.profiles",
    "tests.support.slack_types",
    "tests.support.slack",
    "tests.support.smtp",
    "tests.support.wheel",
]
