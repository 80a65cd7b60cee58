"""The ways that a frame may take through a store: what each is called, and where it is served."""

from typing import NamedTuple


class Way(NamedTuple):
    """One way, and the path of a stream that came by it."""

    title: str
    path: str


LIBRARY, FORWARDER = "library", "pubsub"
POSTGRESQL, SQLITE = "database-postgresql", "database-sqlite"
#: The ways of the library, each over another store.
OF_LIBRARY = {LIBRARY, POSTGRESQL, SQLITE}
_STREAM = "/streams/{}/events/"
WAYS = {
    LIBRARY: Way("sse_pipeline", _STREAM),
    POSTGRESQL: Way("sse_pipeline on PostgreSQL", _STREAM),
    SQLITE: Way("sse_pipeline on SQLite", _STREAM),
    FORWARDER: Way("one pub/sub subscription, a queue for each client", "/pubsub?stream={}"),
    "alone": Way("a blocking read for each client", "/alone?stream={}"),
    "eventstream": Way("django-eventstream", "/eventstream/?channel={}"),
    "layer-core": Way("channel layer, core", "/layer?name=core&stream={}"),
    "layer-pubsub": Way("channel layer, pub/sub", "/layer?name=pubsub&stream={}"),
}
