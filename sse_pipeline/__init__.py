"""Server-Sent-Events streams that end when every component has finished."""

from typing import TYPE_CHECKING, Any

from .exceptions import StreamEnded, StreamNotFound

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .handler import SSEHandler
    from .lifecycle.registry import Component
    from .streams.finalization import Finalization, make_finalizer
    from .streams.webhook import post_to_webhook
    from .tts import TTSBuffer, TTSStreamer

__all__ = [
    "Component",
    "Finalization",
    "SSEHandler",
    "StreamEnded",
    "StreamNotFound",
    "TTSBuffer",
    "TTSStreamer",
    "__version__",
    "make_finalizer",
    "post_to_webhook",
]

_HOMES = {
    "Component": "lifecycle.registry",
    "Finalization": "streams.finalization",
    "SSEHandler": "handler",
    "TTSBuffer": "tts",
    "TTSStreamer": "tts",
    "make_finalizer": "streams.finalization",
    "post_to_webhook": "streams.webhook",
}


def __getattr__(name: str) -> Any:
    # Imported late: Django imports the package of an application before its settings are ready.
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
