"""Callers that race for the stream of a key."""

from sse_pipeline.stores import Store
from sse_pipeline.streams import stream_keys
from sse_pipeline.streams.drafts import make_draft
from sse_pipeline.streams.plans import run
from sse_pipeline.testing.subject import loaded, race


def race_for_a_key(all_stores: list[Store], key: str) -> None:
    """Let 64 callers race through some stores of one server, and look at what they got."""
    found: list[tuple[str, bool]] = []
    digest = stream_keys.digest_of(key, None)

    def ask(number: int) -> None:
        store = all_stores[number % len(all_stores)]
        draft = make_draft(None, ["text"], None)
        found.append(run(stream_keys.settle(store, digest, draft), "aget_or_open"))

    race(64, ask)
    (stream_id,) = {stream_id for stream_id, _ in found}
    assert [is_new for _, is_new in found].count(True) == 1
    snapshot = loaded(all_stores[0], stream_id)
    assert (snapshot.version, list(snapshot.registry.components)) == (1, ["text"])
