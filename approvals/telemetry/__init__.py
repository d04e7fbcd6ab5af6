"""What happens, as events: one value for log lines, metrics and traces. No I/O, no clock, no addresses or tokens."""
