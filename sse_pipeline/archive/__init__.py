"""The archive: what ended streams have sent, for readers who come when the store has forgotten it.

`archivist` hears of each end and keeps the stream in the background; `record` is what is kept, as
compressed bytes, and a `backend` keeps these: a table of the site (`database_backend`), files of
Django's storages (`storage_backend`), or a class of the site's own. `find` brings a stream back as
`RestoredStream`, a store of this one stream, so that whoever reads it does so as ever. It has no
frames yet: `restore` fetches them for those who may read it.

A site without `SSE_PIPELINE["ARCHIVE"]` makes no query and starts no thread. It is an application
of its own, with a migration: a site that keeps no archive in its database has no table of it.

From outside use the functions that are listed here, and `archivist`.
"""

from .backend import ArchiveBackend, ArchiveEntry
from .choice import current, reset
from .lookup import find, forget, remove, restore, sweep

__all__ = [
    "ArchiveBackend",
    "ArchiveEntry",
    "current",
    "find",
    "forget",
    "remove",
    "reset",
    "restore",
    "sweep",
]
