"""What the management commands share: tables, a remote site, and following a stream."""
