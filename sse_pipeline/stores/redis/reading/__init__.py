"""The way of a batch from the server: how the replicas of this process stay up to date.

The `StreamFetcher` brings replicas up to date on request, and keeps the `BellReader`s running; each
of those waits for bells and updates the replicas that they name. Both use a `ReplicaUpdater`, which
reads what follows in each stream. Outside of this folder only `redis_store` uses it.
"""
