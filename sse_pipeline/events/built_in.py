"""The events that the library sends or knows, declared as a site declares its own.

Those of producers merge to content. The library's own are declared for other languages alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from .declarations import LIST, append, declare_built_in


@declare_built_in("text", merge=append("chunk"))
@dataclass(slots=True)
class Text:
    """A piece of the text. `offset` is its place in code points."""

    chunk: str
    offset: int = 0


@declare_built_in("reasoning", merge=append("chunk"))
@dataclass(slots=True)
class Reasoning:
    """A piece of what a model thinks."""

    chunk: str


@declare_built_in("citation", merge=LIST)
@dataclass(slots=True)
class Citation:
    """A source of the answer, and the part of the text that it supports."""

    url: str = ""
    title: str = ""
    text: str = ""


@declare_built_in("source", merge=LIST)
@dataclass(slots=True)
class Source:
    """A source of the answer."""

    url: str
    title: str = ""


Word = TypedDict("Word", {"word": str, "start_ms": float, "end_ms": float, "from": int, "to": int})


@declare_built_in("words", merge=LIST)
class SpokenWords(TypedDict):
    """The times of the words of a segment."""

    segment: int
    source: Literal["native", "aligned", "estimated"]
    words: list[Word]


Segment = TypedDict(
    "Segment",
    {
        "segment": int,
        "status": str,
        "from": int,
        "to": int,
        "duration_ms": float,
        "reason": str | None,
        "queued_ms": NotRequired[float | None],
        "first_audio_ms": NotRequired[float | None],
        "synthesis_ms": NotRequired[float | None],
    },
)
declare_built_in("segment", merge=LIST)(Segment)


@declare_built_in("audio")
class SpokenAudio(TypedDict):
    """A piece of the speech: base64 of samples or of packets."""

    segment: int
    index: int
    codec: str
    sample_rate: int
    channels: int
    start_ms: float
    duration_ms: float
    audio: str
    sizes: NotRequired[list[int]]
    preskip: NotRequired[int]
    samples: NotRequired[int]


class ToldProgress(TypedDict):
    """How far a component is: a part from 0 to 1, and in words."""

    fraction: float
    text: str


class LedgerEntry(TypedDict):
    """How a component stands."""

    status: Literal[
        "pending",
        "complete",
        "failed",
        "timed_out",
        "lost",
        "cancelled",
        "stopped",
        "abandoned",
    ]
    required: bool
    frames: int
    bytes: int
    ms: int | None
    reason: str | None
    attempt: NotRequired[int]
    progress: NotRequired[ToldProgress]
    summary: NotRequired[dict[str, Any]]


@declare_built_in("stream")
class StreamOpened(TypedDict):
    """The first frame."""

    stream: str
    components: list[str]


@declare_built_in("component")
class ComponentChanged(TypedDict):
    """A component was registered, or settled; or it waits, goes on, restarts or gets on."""

    component: str
    status: str
    required: bool
    reason: str | None
    attempt: NotRequired[int]
    restart: NotRequired[bool]
    waiting: NotRequired[str]
    progress: NotRequired[ToldProgress]


@declare_built_in("draining")
class DrainBegun(TypedDict):
    """The registry closed with something still pending."""

    reason: str
    waiting_for: list[str]


@declare_built_in("stream_error")
class ErrorReported(TypedDict):
    """An error that is not the end."""

    component: str | None
    message: str
    code: str | None


class _Stopped(TypedDict):
    message: str
    components: dict[str, LedgerEntry]
    stopped: NotRequired[bool]
    stopped_by: NotRequired[str]
    heard_ms: NotRequired[int]
    heard_offset: NotRequired[int]


@declare_built_in("complete")
class Completed(_Stopped):
    """The end of a stream without a verdict."""


@declare_built_in("errored")
class EndedInError(_Stopped):
    """The end of a stream with a verdict."""

    reason: str


GapFound = TypedDict(
    "GapFound", {"from": NotRequired[int], "to": NotRequired[int], "reset": NotRequired[bool]}
)
declare_built_in("gap")(GapFound)


class MergedComponent(TypedDict):
    """The content of a component, and how it stands."""

    status: str
    required: bool
    reason: str | None
    whole: bool
    events: dict[str, Any]
    progress: ToldProgress | None


class MergedContent(TypedDict):
    """The content of a stream."""

    stream_id: str
    state: str
    until: int
    cut: bool
    stopped: dict[str, Any] | None
    components: dict[str, MergedComponent]
    events: dict[str, Any]


@declare_built_in("merged")
class Merged(TypedDict):
    """All that a stream sent up to an id, in the place of its frames."""

    until: int
    content: MergedContent


@declare_built_in("ping")
class Ping(TypedDict):
    """A sign of life after a silence."""
