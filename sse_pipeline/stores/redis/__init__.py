"""The store over Redis or Valkey: any number of processes share it, on one server or a cluster.

A batch of frames goes this way: `RedisStore.append` (redis_store) puts a frame into the
`CommandQueue`; the `BatchWriter` takes batches and sends them as Lua scripts over its `Connection`,
together with a ring of the bell (writing/). The `BellReader` of every process wakes up, and the
`ReplicaUpdater` reads what the bell names into the `Replica`s of this process (reading/). HTTP
readers take frames from there. The `LeaseKeeper` tells the other processes that this one lives.

Code outside of this folder uses `RedisStore`, and tests also use `Tuning`.
"""

from .redis_store import RedisStore
from .tuning import Tuning

__all__ = ["RedisStore", "Tuning"]
