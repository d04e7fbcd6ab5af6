"""Rules and values. No clock, no I/O, no logging: time, ids and chance are parameters."""
