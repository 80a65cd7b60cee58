"""The way of a batch from the server: how the replicas of this process stay up to date.

The `Subscriber` hears the channels of the streams that are followed here, and puts each batch into
its replica. The `StreamFetcher` reads from the log in Redis what was not heard, and what a caller
asks for; its `ReplicaUpdater` reads what follows in each stream. Outside of this folder only
`redis_store` uses it.
"""
