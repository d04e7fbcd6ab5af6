"""The outside world that we call. Each file knows one library."""
