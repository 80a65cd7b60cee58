"""Keys and content in a database: many callers race for a key, and a trimmed log keeps content."""

from harness.racing import race_for_a_key
from sse_pipeline.events.merging import merge
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made


def test_the_content_that_a_trimmed_log_keeps_is_bounded(database_stores_of: Factory) -> None:
    store = made(database_stores_of, held_bytes=20_000, content_bytes=10_000)
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
