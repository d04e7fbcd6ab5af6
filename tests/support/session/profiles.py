"""Hypothesis profiles: `--hypothesis-profile=nightly` (`make nightly`) runs more examples."""

from hypothesis import settings

NIGHTLY = 10_000

settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None)
