"""A second implementation of the rules, small and slow, from the documentation; the domain is compared with it."""
