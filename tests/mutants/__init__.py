"""Mutations of what the gateway guarantees, and the tests that catch each of them: `make mutants`."""
