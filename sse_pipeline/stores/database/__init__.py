"""The store in the site's own database: processes share it, and there is nothing to install.

It is the `SharedStore` of `stores/remote`, which says how a batch goes. The `DatabaseLink` hands
requests to a `Session`, a connection of the writer's own; the `BatchFollower` fills the replicas
over another one, and hears there that there are new batches. A `DatabaseEngine` makes the sessions:
on PostgreSQL (postgresql/) each step is a function of the server, and the bell is a `NOTIFY`; on
SQLite (sqlite/) it is a transaction on a file beside the site's, and the bell is
`PRAGMA data_version`.

The log is only ever added to: a batch carries the counts that hold behind it, so that no row is
updated for a frame. A row that is updated often grows dead versions of itself, and these stay for
as long as anyone holds a snapshot of the database, such as a dump or a report.

It is an application of its own, with migrations: a site that does not use it has no table of it.
Code outside of this folder uses `DatabaseStore` and `engine_of`, and tests `DatabaseTuning`.
"""
