"""A speech server that fails as it is asked to, and a client that keeps what it heard."""
