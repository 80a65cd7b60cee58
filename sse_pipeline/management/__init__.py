"""The management commands of the library."""
