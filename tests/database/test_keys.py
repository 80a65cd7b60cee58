"""Keys and content in a database: many callers race for a key, and a trimmed log keeps content."""

from contextlib import closing
from typing import Any

from harness import waiting
from harness.database_stores import ALIAS
from harness.racing import race_for_a_key, race_with_a_posted_key
from sse_pipeline.events.merging import merge
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores import Store
from sse_pipeline.stores.database.database_tuning import DatabaseTuning
from sse_pipeline.stores.database.engine_choice import engine_of
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made


def test_the_content_that_a_trimmed_log_keeps_is_bounded(database_stores_of: Factory) -> None:
    tuning: Any = DatabaseTuning(page_entries=2)

    def make(**options: Any) -> Store:
        return database_stores_of(**options, tuning=tuning, content_bytes=10_000)

    store = made(make, held_bytes=20_000)
    stream = CheckedStream(store, "writer", "other")
    pieces = [f"{number} {'.' * 90}" for number in range(400)]
    for piece in pieces:
        stream.append(piece, "writer")
        if piece.startswith(("50 ", "100 ", "200 ", "300 ")):
            stream.load()  # a batch ends here
    kept = got(store.kept_frames(stream.id))
    chunk = merge(kept.frames)["writer"]["text"]["chunk"]
    text = "".join(pieces)
    assert (kept.cut, kept.until) == (True, 403)
    assert 8_000 < len(chunk) < 30_000
    assert (chunk[:5000], chunk[-5000:]) == (text[:5000], text[-5000:])


def test_of_many_callers_in_four_stores_one_opens_the_stream(database_stores_of: Factory) -> None:
    four = [made(database_stores_of) for _ in range(4)]
    race_for_a_key(four, "race")
    race_with_a_posted_key(four, "race")


def test_a_key_is_free_when_its_time_is_over(database_stores_of: Factory) -> None:
    store = made(database_stores_of)
    assert got(store.swap_key("key", "", "old", 1e-9)) == "old"
    assert got(store.read_key("key")) == ""
    assert got(store.swap_key("key", "old", "new", 600.0)) == ""
    assert got(store.swap_key("key", "", "new", 600.0)) == "new"


def test_what_is_kept_of_the_content_goes_with_its_stream(database_stores_of: Factory) -> None:
    stream = CheckedStream(made(database_stores_of, held_bytes=5000, keep=1e-9), "writer")
    for number in range(100):
        stream.append(f"{number:099},", "writer")
    with closing(engine_of(ALIAS).open()) as session:
        assert session.content(stream.id, 0, 1000)[1]
        stream.decide(causes.complete("writer"))
        waiting.until(
            lambda: session.sweep(10) < 10 and session.content(stream.id, 0, 10) == (None, [])
        )
