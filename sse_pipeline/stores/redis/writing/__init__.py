"""The way of a batch to the server: everything that this process writes or loads, in one order.

`RedisStore` puts frames and requests into the `BatchWriter`. Its `CommandQueue` keeps one FIFO for
each stream and makes `ScriptRequest`s of what waits; the writer sends many of them in one
pipeline. Each request handles its own answer. Outside of this folder
only `redis_store` uses it.
"""
