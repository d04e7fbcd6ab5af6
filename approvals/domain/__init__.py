"""Rules and values. No clock, no I/O, no logging: time, ids and random numbers are parameters."""
