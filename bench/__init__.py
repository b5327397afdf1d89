"""Benchmarks beside the libraries one would use instead; each module has `run()`."""
