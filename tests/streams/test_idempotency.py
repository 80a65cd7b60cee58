"""Streams that a request opens once, by its `Idempotency-Key`, in each store."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from pytest_django import Settings

from harness.racing import race_with_a_posted_key
from harness.redis_server import RedisServer, closing_all
from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import KeyReused
from sse_pipeline.http.endpoint import Refusal
from sse_pipeline.streams import idempotency
from sse_pipeline.streams.drafts import make_draft
from sse_pipeline.streams.idempotency import PostedKey
from sse_pipeline.streams.plans import run
from sse_pipeline.testing.subject import made

QUESTION = '{"text": "Hello"}'


def posted(key: str, body: str = QUESTION, path: str = "/answers/") -> Any:
    return RequestFactory().post(
        path, body, "application/json", headers={"Idempotency-Key": key} if key else {}
    )


def ask(request: Any, owner: str | None = "ann", **options: Any) -> tuple[SSEHandler, bool]:
    handler = SSEHandler(owner=owner, components=["text"])
    return handler, handler.open_once(request, **options)


@pytest.mark.usefixtures("store")
def test_a_retry_gets_the_stream_of_the_first_request_also_after_its_end() -> None:
    first, is_new = ask(posted("one"))
    assert is_new
    retry, is_new = ask(posted('"one"'))  # a string of a structured field
    assert (retry.stream_id, is_new) == (first.stream_id, False)
    retry.send("text", component="text", chunk="it is a handler of that stream")
    first.mark_component_complete("text")
    late, is_new = ask(posted("one"))
    assert (late.stream_id, is_new, late.snapshot().terminal) == (first.stream_id, False, True)
    other, is_new = ask(posted("two"))
    assert is_new
    assert other.stream_id != first.stream_id


@pytest.mark.usefixtures("store")
async def test_the_twin_does_the_same() -> None:
    first, second = [SSEHandler(owner="ben", components=["text"]) for _ in range(2)]
    assert await first.aopen_once(posted("async"))
    assert not await second.aopen_once(posted("async"))
    assert second.stream_id == first.stream_id


@pytest.mark.parametrize(
    ("body", "path"),
    [("{}", "/answers/"), (QUESTION, "/other/"), (QUESTION, "/answers/?model=large")],
)
def test_a_key_is_for_one_request(body: str, path: str) -> None:
    ask(posted("one"))
    with pytest.raises(Refusal, match="another request") as refused:
        ask(posted("one", body, path))
    assert (refused.value.status, refused.value.document["field"]) == (422, "Idempotency-Key")


def form(boundary: str, text: str = "Hello") -> Any:
    """Return the form of a page; a browser chooses another boundary for each try."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
        for name, more, value in (("q", "", "?"), ("file", '; filename="a.txt"', text))
    ]
    body = "".join([*parts, f"--{boundary}--\r\n"])
    content_type = f"multipart/form-data; boundary={boundary}"
    headers = {"Idempotency-Key": "form"}
    return RequestFactory().post("/answers/", body.encode(), content_type, headers=headers)


def test_a_form_is_the_same_with_another_boundary_and_after_it_was_read() -> None:
    first, _ = ask(form("one"))
    retry = form("two")
    assert retry.POST["q"] == "?"  # Django's check for CSRF does so before each view
    again, is_new = ask(retry)
    assert (again.stream_id, is_new) == (first.stream_id, False)
    assert retry.FILES["file"].read() == b"Hello"
    with pytest.raises(Refusal, match="another request"):
        ask(form("one", "Goodbye"))


def test_the_key_of_a_conversation_is_another_key() -> None:
    talk, _ = SSEHandler.get_or_open("one", owner="ann", components=["text"])
    first, is_new = ask(posted("one"))
    assert is_new
    assert first.stream_id != talk.stream_id
    first.mark_component_complete("text")
    again, _ = ask(posted("one"))
    talk.mark_component_complete("text")
    next_run, _ = SSEHandler.get_or_open("one", owner="ann")
    assert (again.stream_id, next_run.stream_id == talk.stream_id) == (first.stream_id, False)


def test_a_key_belongs_to_its_holder() -> None:
    mine, _ = ask(posted("one"))
    other, is_new = ask(posted("one", "{}"), "ben")  # nor may it refuse another one's
    assert is_new
    assert other.stream_id != mine.stream_id
    stranger, is_new = ask(posted("one"), None, holder="cookie 7")
    assert is_new
    assert ask(posted("one"), None, holder="cookie 7")[0].stream_id == stranger.stream_id
    posing, is_new = ask(posted("one"), None, holder="ann")  # a cookie may say so
    assert is_new
    assert posing.stream_id != mine.stream_id


@pytest.mark.parametrize(
    ("key", "owner", "complaint"), [("x" * 256, "ann", "longer than 255"), ("x", None, "a sender")]
)
def test_a_key_that_can_not_be_used_is_refused(key: str, owner: str | None, complaint: str) -> None:
    with pytest.raises(Refusal, match=complaint) as refused:
        ask(posted(key), owner)
    assert refused.value.status == 400
    assert stores.current().open_streams() == []


def test_a_request_without_a_key_opens_a_stream() -> None:
    (first, is_new), (second, _) = [ask(posted(""), None) for _ in range(2)]
    assert is_new
    assert len({first.stream_id, second.stream_id, *stores.current().open_streams()}) == 2


def test_one_key_too_many_pushes_out_the_oldest_of_its_holder(store: Callable[..., None]) -> None:
    store(OWNER_KEYS=3)
    other, _ = ask(posted("1"), "ben")
    first = [ask(posted(f"{number}"))[0].stream_id for number in range(4)]
    again = [ask(posted(f"{number}"))[0].stream_id for number in (3, 2, 1)]
    assert again == first[:0:-1]
    assert ask(posted("0"))[1]
    assert ask(posted("1"), "ben")[0].stream_id == other.stream_id


def test_the_key_of_a_stream_that_is_not_kept_any_more_is_free(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"KEEP": 1e-9}
    first, _ = ask(posted("one"))
    first.mark_component_complete("text")
    second, is_new = ask(posted("one"))
    assert is_new
    assert second.stream_id != first.stream_id


def test_an_id_that_was_claimed_is_opened_by_who_comes_next() -> None:
    """Whoever claimed it has died before it was opened, or before that was noted."""
    key = PostedKey("ann", "one", b"")
    first = make_draft("ann", ["text"], None)
    dying: Any = Dying()
    plan = idempotency.settle(dying, key, first)
    with pytest.raises(ConnectionError):
        run(plan, "")
    stream_id, is_new = run(
        idempotency.settle(stores.current(), key, make_draft(None, [], None)), ""
    )
    assert (stream_id, is_new) == (first.stream_id, True)


def test_what_a_later_release_adds_to_a_key_is_kept() -> None:
    later: Any = Later()
    first, second = [
        run(idempotency.settle(later, PostedKey("ann", each, b""), make_draft(None, [], None)), "")
        for each in ("one", "two")
    ]
    assert (first[1], second[1]) == (True, True)
    assert later.text.split("\n")[0].endswith(" more")


class Later:
    """The store of this process, after a later release has added a word to each key."""

    has_keys = True
    text = ""

    def read_key(self, name: str) -> Any:
        text = str(stores.current().read_key(name))
        self.text = "\n".join(f"{line} more" for line in text.splitlines())
        stores.current().swap_key(name, text, self.text, 60.0)
        return self.text

    def swap_key(self, name: str, old: str, new: str, life: float) -> Any:
        self.text = new
        return stores.current().swap_key(name, old, new, life)

    def __getattr__(self, name: str) -> Any:
        return getattr(stores.current(), name)


class Dying:
    """The store of this process, as one sees it who dies when the id is claimed."""

    has_keys = True

    def __init__(self) -> None:
        self._claimed = False

    def swap_key(self, *arguments: Any) -> Any:
        self._claimed = True
        return stores.current().swap_key(*arguments)

    def load(self, stream_id: str) -> Any:
        if self._claimed:
            raise ConnectionError
        return stores.current().load(stream_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(stores.current(), name)


def test_a_store_without_keys_is_named(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.KeylessStore"}
    with pytest.raises(ImproperlyConfigured, match="KeylessStore"):
        ask(posted("one"))


# Many at once


def test_of_64_requests_with_one_key_one_opens_a_stream_in_memory() -> None:
    for number in range(5):
        race_with_a_posted_key([stores.current()], f"race {number}")
    assert len(stores.current().open_streams()) == 5


def test_of_64_requests_in_four_stores_one_opens_a_stream(redis: RedisServer) -> None:
    with ExitStack() as stack:
        make = stack.enter_context(closing_all(redis.url))
        race_with_a_posted_key([made(make) for _ in range(4)], "race")


def test_racing_requests_of_one_holder_keep_all_their_keys() -> None:
    store = stores.current()
    keys = [PostedKey("ann", f"{number}", b"") for number in range(20)]
    race_with_a_posted_key([store], "mixed", others=keys)
    for key in keys:
        settled = run(idempotency.settle(store, key, make_draft(None, [], None)), "")
        assert settled[1] is False
    with pytest.raises(KeyReused):
        run(idempotency.settle(store, PostedKey("ann", "0", b"x"), make_draft(None, [], None)), "")
