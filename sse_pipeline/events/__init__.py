"""Declared events: what an event has, and how its frames merge to content.

A site declares its events by plain classes, in a module `sse_events` of any of its applications::

    from dataclasses import dataclass
    from sse_pipeline.events import LAST, declare

    @declare("progress", merge=LAST)
    @dataclass
    class Progress:
        share: float
        step: str = ""

The way through the files: `field_types` -> `hints` -> `declarations` -> `built_in` -> `exports`.
"""

from .built_in import Citation, Reasoning, Segment, Source, SpokenAudio, SpokenWords, Text
from .declarations import LAST, LIST, NONE, Merge, append, declare

__all__ = [
    "LAST",
    "LIST",
    "NONE",
    "Citation",
    "Merge",
    "Reasoning",
    "Segment",
    "Source",
    "SpokenAudio",
    "SpokenWords",
    "Text",
    "append",
    "declare",
]
