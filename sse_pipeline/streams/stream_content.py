"""The content of a stream: what its components have sent, merged, and how each of them ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .. import stores
from ..events.merging import KeptFrames, merge
from ..lifecycle.registry import Component, Status, source_of
from ..lifecycle.snapshot import Snapshot, State, Stop
from .plans import run, wait


@dataclass(frozen=True, slots=True)
class ComponentContent:
    """The content of one component, and how it stands.

    `events` has the merged value of each event. `whole` tells that the component completed, and
    that nothing of its content is lost. `progress` has the last `fraction` and `text` that it told.
    """

    status: Status
    required: bool
    reason: str | None
    whole: bool
    events: Mapping[str, Any]
    progress: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a stream up to the frame `until`.

    `events` has what belongs to no component. `cut` tells that a part was dropped, because the
    stream sent more than `HELD_BYTES` and its content has more than `CONTENT_BYTES`.
    """

    stream_id: str
    state: State
    until: int
    cut: bool
    stopped: Stop | None
    components: Mapping[str, ComponentContent]
    events: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether the stream ended as `complete`, and all its components have sent all."""
        ended = self.state is State.COMPLETE
        return ended and all(each.whole for each in self.components.values())

    def to_document(self) -> dict[str, Any]:
        """Return the content as a JSON document."""
        return asdict(self)


def content_at_end(snapshot: Snapshot) -> Callable[[], Content]:
    """Return a function that merges the content of a stream that has ended, when it is called.

    Over a shared store it blocks for a round trip, and can't be called in an event loop.
    """

    def content() -> Content:
        kept = run(wait(stores.current().kept_frames(snapshot.stream_id)), "acontent")
        return make_content(snapshot, kept)

    return content


def make_content(snapshot: Snapshot, kept: KeptFrames) -> Content:
    """Merge the frames that a store has kept."""
    counted = {
        source_of(each.name, number): each.name
        for each in snapshot.registry
        for number in range(1, each.attempt + 1)
        if number >= each.since
    }
    forgotten = set(snapshot.registry.earlier_attempts()) - set(counted)
    merged = merge(
        (counted.get(source, source), frame)
        for source, frame in kept.frames
        if source not in forgotten
    )

    def of(component: Component) -> ComponentContent:
        whole = component.status is Status.COMPLETE and not kept.cut
        events = merged.get(component.name, {})
        progress = component.progress.told() if component.progress else None
        return ComponentContent(
            component.status, component.required, component.reason, whole, events, progress
        )

    return Content(
        snapshot.stream_id,
        snapshot.state,
        kept.until,
        kept.cut,
        snapshot.stopped,
        {each.name: of(each) for each in snapshot.registry},
        merged.get("", {}),
    )
