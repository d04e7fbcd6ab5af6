"""What is measured: each module runs one benchmark and returns its rows."""
