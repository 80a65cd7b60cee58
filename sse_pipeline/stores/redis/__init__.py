"""The store over Redis or Valkey: any number of processes, and a cluster if need be."""

from .store import RedisStore

__all__ = ["RedisStore"]
