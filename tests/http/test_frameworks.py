"""Streams as responses of other frameworks' views, on servers that are run for real."""

from collections.abc import Iterator

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from harness.servers import serve

pytestmark = pytest.mark.processes

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.frameworks_settings", "PYTHONDEVMODE": "1"}
VIEWS = ("/rest/{}/", "/ninja/synchronous/{}/", "/ninja/asynchronous/{}/")
READERS = 5


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with (
        serve(request.param, "harness.frameworks_site:application", SETTINGS) as server,
        httpx.Client(base_url=server.url, timeout=10, limits=httpx.Limits()) as client,
    ):
        yield client


def started(client: httpx.Client) -> str:
    stream: str = client.get("/start/").raise_for_status().json()["stream"]
    return stream


def events(client: httpx.Client, url: str) -> Iterator[ServerSentEvent]:
    with connect_sse(client, "GET", url) as source:
        yield from (event for event in source.iter_sse() if event.data)


@pytest.mark.parametrize("url", VIEWS)
def test_a_view_streams_while_it_goes_on(client: httpx.Client, url: str) -> None:
    stream = started(client)
    readers = [events(client, url.format(stream)) for _ in range(READERS)]
    for reader in readers:
        assert [next(reader).event for _ in range(3)] == ["stream", "component", "text"]
    client.get(f"/complete/{stream}/").raise_for_status()
    for reader in readers:
        assert [event.event for event in reader][-1] == "complete"


def test_a_view_without_the_renderer_refuses_an_event_source(client: httpx.Client) -> None:
    url = f"/rest/plain/{started(client)}/"
    assert client.get(url, headers={"Accept": "text/event-stream"}).status_code == 406


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_another_response_of_a_view_is_json(client: httpx.Client, accept: str) -> None:
    reply = client.get("/rest/forbidden/", headers={"Accept": accept})
    assert (reply.status_code, reply.headers["content-type"]) == (403, "application/json")
    assert "detail" in reply.json()
