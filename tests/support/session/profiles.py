"""How hard Hypothesis tries: `--hypothesis-profile=nightly` (`make nightly`) is for a machine with time."""

from hypothesis import settings

NIGHTLY = 10_000

settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None)
