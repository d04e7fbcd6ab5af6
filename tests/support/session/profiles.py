"""Profiles of Hypothesis that run more examples: nightly (`make test-model`) and fuzz (`make fuzz`)."""

from hypothesis import settings

NIGHTLY = 10_000
FUZZ = 300

settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None)
settings.register_profile("fuzz", max_examples=FUZZ, deadline=None)
