"""`?merged=1`: a reader that comes late gets the content in one frame, and then what follows."""

from collections.abc import Callable

from pytest_django import Settings

from harness.site_client import path_of, request
from harness.stores import InterruptedStore
from sse_pipeline import SSEHandler, stores
from sse_pipeline.testing import Decoder, Event

COUNT = 2000


async def sent(*, ended: bool) -> tuple[SSEHandler, str]:
    """Send a text of many pieces with an audio between them; return it."""
    handler = SSEHandler(components=["text", "speech"])
    pieces = [f"{number} " for number in range(COUNT)]
    for number, piece in enumerate(pieces):
        await handler.asend("text", component="text", chunk=piece)
        if number % 500 == 0:
            await handler.asend("audio", component="speech", audio="AAAA")
            await handler.asnapshot()  # a batch of a shared store ends here
    await handler.amark_component_complete("speech")
    if ended:
        await handler.amark_component_complete("text")
    return handler, "".join(pieces)


async def read(handler: SSEHandler, query: str = "", **headers: str) -> list[Event]:
    """Read a stream that has ended."""
    path = path_of("events", handler.stream_id) + query
    return list(Decoder().feed((await request("GET", path, b"", **headers)).body))


async def test_the_frames_of_before_are_one(store: Callable[..., None]) -> None:
    handler, text = await sent(ended=True)
    merged, end = await read(handler, "?merged=1")
    last = str(COUNT + 10)  # the opening, two components, four audios, two settlements, the end
    assert (merged.event, end.event, end.id) == ("merged", "complete", last)
    assert merged.id == str(merged.json()["until"]) == str(int(last) - 1)
    components = merged.json()["content"]["components"]
    assert components["text"]["events"] == {"text": {"chunk": text}}
    assert (components["text"]["status"], components["speech"]["events"]) == ("complete", {})
    whole = await read(handler)
    assert len(whole) == int(last)
    assert [each.event for each in await read(handler, "?merged=1", last_event_id=last)] == []


async def test_what_follows_comes_live_and_is_resumed(store: Callable[..., None]) -> None:
    handler, text = await sent(ended=False)
    document = (await handler.acontent()).to_document()
    await handler.asend("text", component="text", chunk="the rest")
    await handler.amark_component_complete("text")
    after = str(document["until"])
    follows = await read(handler, "?merged=1", last_event_id=after)
    assert [each.event for each in follows] == ["text", "component", "complete"]
    assert follows[0].json()["chunk"] == "the rest"
    assert document["components"]["text"]["events"]["text"]["chunk"] == text


async def test_it_comes_in_the_place_of_a_gap(store: Callable[..., None]) -> None:
    store(HELD_BYTES=20_000)
    handler, text = await sent(ended=True)
    gap = await read(handler, last_event_id="3")
    assert gap[0].event == "gap"
    merged, end = await read(handler, "?merged=1", last_event_id="3")
    assert (merged.event, end.event) == ("merged", "complete")
    assert merged.json()["content"]["components"]["text"]["events"]["text"]["chunk"] == text
    held = str(int(gap[-1].id) - 1)
    (end,) = await read(handler, "?merged=1", last_event_id=held)
    assert end.event == "complete"


async def test_an_id_of_another_stream_gets_the_content(store: Callable[..., None]) -> None:
    handler, _ = await sent(ended=True)
    merged, end = await read(handler, "?merged=1", last_event_id="999999")
    assert (merged.event, end.event) == ("merged", "complete")


async def test_what_settles_between_two_answers_of_the_store_is_in_it(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.InterruptedStore"}
    handler = SSEHandler(components=["text"])
    await handler.asend("text", component="text", chunk="all")
    store = stores.current()
    assert isinstance(store, InterruptedStore)
    store.meanwhile = lambda: handler.mark_component_complete("text")
    merged, end = await read(handler, "?merged=1")
    assert (end.event, int(end.id) - int(merged.id)) == ("complete", 1)
    text = merged.json()["content"]["components"]["text"]
    assert (text["status"], text["whole"], text["events"]["text"]) == (
        "complete",
        True,
        {"chunk": "all"},
    )
