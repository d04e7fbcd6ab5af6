"""Hypothesis profiles: `--hypothesis-profile=nightly` (`make nightly`) and `fuzz` (`make fuzz`) run more examples."""

from hypothesis import settings

NIGHTLY = 10_000
FUZZ = 300

settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None)
settings.register_profile("fuzz", max_examples=FUZZ, deadline=None)
