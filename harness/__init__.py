"""Real servers and clients that the tests and the benchmarks run."""
