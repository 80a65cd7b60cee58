"""The way of a batch to Redis: the link of the writer, and the commands of its requests.

The `ScriptLink` makes the command of each request and sends many of them in one pipeline. Outside
of this folder only `redis_store` uses it.
"""
