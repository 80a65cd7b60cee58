"""Streams beside other people's middleware, settings and frameworks, on a real server.

`make matrix` runs this file: its packages are in requirements-neighbours.txt.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from harness.servers import Server, serve
from harness.waiting import until
from sse_pipeline.testing import Decoder, Event

PATIENCE = 30
SITE = "harness.neighbours.site:application"


class Neighbour(NamedTuple):
    """What stands beside the streams, and the path under which the site is then."""

    name: str
    prefix: str = ""
    application: str = SITE
    options: tuple[str, ...] = ()


NEIGHBOURS = (
    Neighbour("allauth"),
    Neighbour("cors-headers"),
    Neighbour("csp"),
    Neighbour("debug toolbar"),
    Neighbour("i18n_patterns"),
    Neighbour("opentelemetry"),
    Neighbour("whitenoise"),
    Neighbour("FORCE_SCRIPT_NAME"),
    Neighbour("routers"),
    Neighbour("starlette", "/mounted", "harness.neighbours.hosts:starlette", ("--factory",)),
    Neighbour("fastapi", "/mounted", "harness.neighbours.hosts:fastapi", ("--factory",)),
)
PLACES = ("streams/{}/events/", "synchronous/{}/", "asynchronous/{}/", "en-us/translated/{}/")


@pytest.fixture(params=NEIGHBOURS, ids=lambda neighbour: neighbour.name)
def neighbour(request: pytest.FixtureRequest) -> Neighbour:
    found: Neighbour = request.param
    return found


@pytest.fixture
def server(neighbour: Neighbour, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "harness.neighbours.settings",
        "NEIGHBOUR": neighbour.name,
        "NEIGHBOUR_FOLDER": str(tmp_path),
    }
    with serve("uvicorn", neighbour.application, environment, options=neighbour.options) as running:
        yield running


@pytest.fixture
def client(server: Server, neighbour: Neighbour) -> Iterator[httpx.Client]:
    base = f"{server.url}{neighbour.prefix}/"
    with httpx.Client(base_url=base, timeout=PATIENCE) as client:
        yield client


def read(client: httpx.Client, place: str) -> list[Event]:
    """Read a stream to its end; it is released once the first text has come."""
    decoder = Decoder()
    events: list[Event] = []
    with client.stream("GET", place) as response:
        assert response.status_code == 200, response.read()
        for chunk in response.iter_bytes():
            events += decoder.feed(chunk)
            if events[-1].event == "text":
                client.get("release/")
    return events


def test_streams_are_sent_at_once_resumed_and_kept_to_their_owner(
    client: httpx.Client, neighbour: Neighbour
) -> None:
    stream = client.get("start/").json()["stream"]
    for place in PLACES:
        path = place.format(stream)
        events = read(client, path)
        assert [event.event for event in events] == [
            "stream", "component", "text", "text", "component", "complete",
        ]  # fmt: skip
        last = {"Last-Event-ID": events[-1].id}
        assert client.get(path, headers=last).status_code == 204
        assert httpx.get(client.base_url.join(path)).status_code == 404
    if neighbour.name == "routers":
        wanted = {"default": 0, "journal": 1}
        assert until(lambda: client.get("rows/").json() == wanted, PATIENCE)
