"""The data of the benchmarks: single submissions with their requests, and databases full of copies."""
