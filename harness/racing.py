"""Callers that race for the stream of a key."""

from collections.abc import Callable, Sequence

from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores import Store
from sse_pipeline.streams import idempotency, stream_keys
from sse_pipeline.streams.drafts import make_draft
from sse_pipeline.streams.idempotency import PostedKey
from sse_pipeline.streams.plans import Plan, run
from sse_pipeline.testing.subject import loaded, race

CALLERS = 64
Settle = Callable[[Store, Snapshot], Plan[tuple[str, bool]]]


def race_for_a_key(all_stores: list[Store], key: str) -> None:
    """Let 64 callers race through some stores of one server, and look at what they got."""
    digest = stream_keys.digest_of(key, None)
    _race(all_stores, [lambda store, draft: stream_keys.settle(store, digest, draft)])


def race_with_a_posted_key(
    all_stores: list[Store], key: str, *, others: Sequence[PostedKey] = ()
) -> None:
    """Let 64 callers race with one idempotency key, and one with each other key of the holder."""

    def settle_of(posted: PostedKey) -> Settle:
        return lambda store, draft: idempotency.settle(store, posted, draft)

    posted = PostedKey("ann", key, b"body")
    _race(all_stores, [settle_of(posted), *map(settle_of, others)])


def _race(all_stores: list[Store], settles: list[Settle]) -> None:
    """Let 64 callers race for the first, and one for each other."""
    found: list[tuple[str, bool]] = []
    ids: set[str] = set()

    def ask(number: int) -> None:
        store = all_stores[number % len(all_stores)]
        draft = make_draft(None, ["text"], None)
        settled = run(settles[max(0, number - CALLERS + 1)](store, draft), "aget_or_open")
        found.append(settled) if number < CALLERS else ids.add(settled[0])

    race(CALLERS + len(settles) - 1, ask)
    (stream_id,) = {stream_id for stream_id, _ in found}
    assert [is_new for _, is_new in found].count(True) == 1
    assert len(ids - {stream_id}) == len(settles) - 1
    snapshot = loaded(all_stores[0], stream_id)
    assert (snapshot.version, list(snapshot.registry.components)) == (1, ["text"])
