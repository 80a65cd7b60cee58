"""The management commands of the demonstration."""
