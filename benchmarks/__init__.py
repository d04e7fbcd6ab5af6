"""Benchmarks that compare the hot path with a baseline ("floor") in one run. They print ratios and assert no times."""
