"""Scenarios: stories with their outcome, written once as data and played on everything that holds an approval."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.staging")
