"""How hard Hypothesis tries: `--hypothesis-profile=nightly` (`make nightly`) is for a machine with time."""

from hypothesis import settings

settings.register_profile("nightly", max_examples=10_000, deadline=None)
