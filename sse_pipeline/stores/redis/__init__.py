"""The store over Redis or Valkey: any number of processes share it, on one server or a cluster.

A batch of frames goes this way: `RedisStore.append` (redis_store) puts a frame into the
`CommandQueue`; the `BatchWriter` takes batches and sends them as Lua scripts over its `Connection`,
which also publish each batch to the channel of its stream (writing/). The `Subscriber` of each
process that follows the stream puts the batch into its `Replica`; the `StreamFetcher` reads what
was not heard from the log in Redis (reading/). HTTP readers take frames from the replica. The
`LeaseKeeper` tells the other processes that this one lives.

Code outside of this folder uses `RedisStore`, and tests also use `Tuning`.
"""

from .redis_store import RedisStore
from .tuning import Tuning

__all__ = ["RedisStore", "Tuning"]
