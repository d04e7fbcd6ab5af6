"""Benchmarks: the hot path beside its floor, in one run on one machine. They print ratios and never assert times."""
