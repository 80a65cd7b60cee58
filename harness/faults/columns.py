"""The columns of the table: an application, the server before it, its middleware and its store."""

from typing import NamedTuple

from harness.servers import SERVERS


class Subject(NamedTuple):
    """An application that streams."""

    name: str
    #: The dotted path that a server takes, and the path of a stream's events.
    application: str
    events: str
    settings: str = ""
    #: Whether any process can read a stream that another one writes.
    shared: bool = False
    #: Whether a producer need not wait for the reader.
    keeps: bool = False
    #: Whether the reply itself makes the frames.
    pulled: bool = False


LIBRARY = Subject(
    "sse_pipeline",
    "harness.faults.site:application",
    "/streams/{}/events/",
    "harness.faults.settings",
    keeps=True,
)
PEERS = (
    Subject(
        "sse-starlette", "harness.faults.peers.of_starlette:application", "/events/{}/", pulled=True
    ),
    Subject(
        "django-eventstream",
        "harness.faults.peers.of_eventstream:application",
        "/events/{}/",
        "harness.faults.peers.settings",
        shared=True,
    ),
    Subject(
        "by hand",
        "harness.faults.peers.handwritten:application",
        "/events/{}/",
        "harness.faults.peers.settings",
    ),
)
#: The middleware of `harness.wrappers` that a column may have.
WRAPPERS = ("plain", "opentelemetry")


class Column(NamedTuple):
    """One column."""

    subject: Subject
    server: str
    wrapper: str = "plain"
    redis: bool = False

    @property
    def is_library(self) -> bool:
        """Whether the library itself is served."""
        return self.subject is LIBRARY

    @property
    def shared(self) -> bool:
        """Whether any process can read a stream that another one writes."""
        return self.redis or self.subject.shared

    @property
    def name(self) -> str:
        """Return a name for the terminal."""
        words = (self.subject.name, self.server, self.wrapper, "redis" if self.redis else "memory")
        return " ".join(words)


OWN = tuple(
    Column(LIBRARY, server, wrapper, redis)
    for redis in (False, True)
    for wrapper in WRAPPERS
    for server in SERVERS
)
OF_PEERS = tuple(Column(subject, server) for subject in PEERS for server in SERVERS)
