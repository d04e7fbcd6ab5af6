"""Writing: each write is one statement on PostgreSQL, and writes of several threads are committed together."""
