"""The parts of a store whose streams lie outside of this process, in a server or a database.

A batch of frames goes this way: `SharedStore.append` puts a frame into the `CommandQueue`; the
`BatchWriter` takes requests of many streams and hands them to the link of its back-end, which
answers each. A process that reads a stream has a `Replica` of it, which the back-end fills. The
`LeaseKeeper` tells the other processes that this one lives.

A back-end, `redis` or `database`, has the link, the leases and what fills the replicas. Code
outside of the back-ends uses nothing of this.
"""
