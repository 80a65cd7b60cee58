"""Handlers with components, and the events that their readers get."""

from sse_pipeline import SSEHandler
from sse_pipeline.testing import Decoder, Event


def events(handler: SSEHandler) -> list[Event]:
    decoder = Decoder()
    return [event for frame in handler for event in decoder.feed(frame)]


def names(handler: SSEHandler) -> list[str]:
    return [event.event for event in events(handler)]


def handler_of(*components: str) -> SSEHandler:
    handler = SSEHandler()
    for name in components:
        handler.register_component(name)
    return handler


def iter_some(handler: SSEHandler, count: int) -> list[bytes]:
    frames = iter(handler)
    return [next(frames) for _ in range(count)]
