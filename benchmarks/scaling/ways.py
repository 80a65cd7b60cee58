"""The ways that a frame may take through Redis: what each is called, and where it is served."""

from typing import NamedTuple


class Way(NamedTuple):
    """One way, and the path of a stream that came by it."""

    title: str
    path: str


LIBRARY, FORWARDER = "library", "pubsub"
WAYS = {
    LIBRARY: Way("sse_pipeline", "/streams/{}/events/"),
    FORWARDER: Way("one pub/sub subscription, a queue for each client", "/pubsub?stream={}"),
    "alone": Way("a blocking read for each client", "/alone?stream={}"),
    "eventstream": Way("django-eventstream", "/eventstream/?channel={}"),
    "layer-core": Way("channel layer, core", "/layer?name=core&stream={}"),
    "layer-pubsub": Way("channel layer, pub/sub", "/layer?name=pubsub&stream={}"),
}
