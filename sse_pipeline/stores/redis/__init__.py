"""The store over Redis or Valkey: any number of processes share it, on one server or a cluster.

It is the `SharedStore` of `stores/remote`, which says how a batch goes. Here its link sends the
requests as Lua scripts over a `Connection`, which also publish each batch to the channel of its
stream (writing/). The `Subscriber` of each process that follows the stream puts the batch into its
`Replica`; the `StreamFetcher` reads what was not heard from the log in Redis (reading/). The leases
are keys (key_leases).

Code outside of this folder uses `RedisStore`, and tests also use `Tuning`.
"""

from ..remote.tuning import Tuning
from .redis_store import RedisStore

__all__ = ["RedisStore", "Tuning"]
