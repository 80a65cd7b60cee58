"""The store over Redis, on real servers and with real processes."""
