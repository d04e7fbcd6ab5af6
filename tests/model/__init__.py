"""The rules once more, small and slow, written from what the documentation promises: the domain is held to them."""
