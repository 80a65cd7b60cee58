"""Checks of the content and the keys of a store, for the contract."""

from uuid import uuid4

from ..events.merging import merge
from ..exceptions import StreamNotFound
from ..lifecycle import causes
from .subject import CheckedStream, Factory, got, made, race, refuses


def content_outlives_what_is_held(make: Factory) -> None:
    """Check that what is dropped stays in the content, or that the content says that it is cut."""
    stream = CheckedStream(made(make, held_bytes=5000), "writer")
    refuses(StreamNotFound, lambda: stream.store.kept_frames(str(uuid4())))
    for number in range(100):
        stream.append(f"{number:099},", "writer")
    kept = got(stream.store.kept_frames(stream.id))
    assert kept.until == 102
    (events,) = merge(("", frame) for _, frame in kept.frames).values()
    numbers = [int(number) for number in events["text"]["chunk"].split(",")[:-1]]
    assert numbers == list(range(100)) or (kept.cut and numbers == sorted(numbers))
    assert {component for component, _ in kept.frames} <= {"writer", ""}
    stream.decide(causes.complete("writer"))
    assert got(stream.store.kept_frames(stream.id)).until == 103  # the last frame follows


def a_key_is_swapped_once(make: Factory) -> None:
    """Check that of callers that swap the text of a key at once one wins."""
    store, won = made(make), list[int]()
    if not store.has_keys:
        return
    key = uuid4().hex
    assert got(store.read_key(key)) == ""

    def swap(number: int) -> None:
        if got(store.swap_key(key, "", str(number), 600.0)) == str(number):
            won.append(number)

    race(8, swap)
    (first,) = won
    assert got(store.read_key(key)) == str(first)
    assert got(store.swap_key(key, "other", "next", 600.0)) == str(first)
    assert got(store.swap_key(key, str(first), "next", 600.0)) == "next"
    assert got(store.read_key(key)) == "next"
