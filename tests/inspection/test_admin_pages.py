"""The page of a stream: what it shows to whom."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from harness.admin import HOSTILE, LIST, page_of, staff
from sse_pipeline import SSEHandler, stores
from sse_pipeline.models import Process

pytestmark = pytest.mark.django_db


def test_the_page_of_a_live_stream(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "view_frames")
    handler = SSEHandler(owner="user:99", components=["text"])
    handler.send("text", chunk=HOSTILE)
    handler.note("text", f"note {HOSTILE}")
    body = client.get(page_of(handler)).content.decode()
    assert "live, from the store" in body
    assert "s of silence at most)" in body
    assert f'data-source="/streams/{handler.stream_id}/inspect/?language=en-us"' in body
    assert HOSTILE not in body
    assert body.count("&lt;script&gt;") >= 2
    assert 'class="sse-box sse-present sse-streaming"' in body
    assert "Step in" not in body


def test_the_content_takes_a_permission_of_its_own(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "cancel_stream", "settle_component")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="for the owner only")
    body = client.get(page_of(handler)).content.decode()
    assert "for the owner only" not in body
    assert "sse_pipeline.view_frames" in body
    assert "Step in" in body


def test_the_page_of_a_stream_that_only_the_journal_has(
    client: Client, heard: Any, django_assert_max_num_queries: Any, settings: Any
) -> None:
    settings.SSE_PIPELINE = {"EXPOSE_ERRORS": True}
    staff(client, "view_stream", "view_frames", "cancel_stream")
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="gone")
    handler.fail_component("text", "a secret of the model")
    handler.mark_component_complete("speech")
    stores.reset()
    with django_assert_max_num_queries(12):
        body = client.get(page_of(handler)).content.decode()
    assert "the journal: the store of this process has not got it" in body
    assert "component_failed: a required component failed; text failed" in body
    assert "a secret of the model" not in body
    assert "Step in" not in body
    assert "data-source" not in body


@pytest.mark.parametrize("is_live", [True, False])
def test_a_component_says_what_it_did_to_those_who_may_see_content(
    client: Client, heard: Any, is_live: bool
) -> None:
    handler = SSEHandler(components=["speech", "text"])
    handler.mark_component_complete("speech", summary={"audio_ms": 7123, "said": HOSTILE})
    handler.mark_component_complete("text", summary={"long": "x" * 5000})
    page = page_of(handler)
    if not is_live:
        stores.reset()
    staff(client, "view_stream", "view_frames")
    body = client.get(page).content.decode()
    assert "<b><bdi>audio_ms</bdi></b> <bdi>7123</bdi>" in body
    assert HOSTILE not in body
    assert "&lt;script&gt;" in body
    staff(client, "view_stream")
    assert "<bdi>7123</bdi>" not in client.get(page).content.decode()


def test_a_note_is_for_those_who_may_see_content(client: Client, heard: Any) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    handler.note("text", "reading \u202ea letter")
    staff(client, "view_stream", "view_frames")
    assert client.get(page_of(handler)).content.decode().count(r"reading \u202ea letter") == 2
    staff(client, "view_stream")
    body = client.get(page_of(handler)).content.decode()
    assert "a letter" not in body
    assert "text: at work" in body or "text: silent for " in body  # as long as the page took
    handler.mark_component_complete("text")
    staff(client, "view_stream", "view_frames", "cancel_stream")
    assert "a letter" not in client.get(page_of(handler)).content.decode()


def test_a_progress_has_its_text_for_those_who_may_see_content(client: Client, heard: Any) -> None:
    handler = SSEHandler()
    with handler.component("text") as text:
        text.progress(0.4, "3 of 7 \u202eletters")
        next(each for each in handler if b"progress" in each)
        staff(client, "view_stream", "view_frames")
        body = client.get(page_of(handler)).content.decode()
        bar = '<progress max="100" value="40" aria-label="Progress of text"></progress> 40% '
        assert bar + r"<bdi>3 of 7 \u202eletters</bdi>" in body
        assert r"text: 40%, 3 of 7 \u202eletters, for " in body
        staff(client, "view_stream")
        body = client.get(page_of(handler)).content.decode()
        assert bar in body
        assert "letters" not in body
    staff(client, "view_stream", "view_frames", "cancel_stream")
    assert "<progress" not in client.get(page_of(handler)).content.decode()


def test_the_page_says_where_the_error_of_a_component_is(client: Client, heard: Any) -> None:
    staff(client, "view_stream")
    handler = SSEHandler(components=["text", "speech"])
    handler.mark_component_complete("speech")
    assert "the log of its process" not in client.get(page_of(handler)).content.decode()
    handler.fail_component("text", "a secret")
    told = "Why text failed: the log of its process has the error, by the id of the stream."
    assert told in client.get(page_of(handler)).content.decode()


def test_an_open_stream_of_a_silent_process(client: Client, heard: Any) -> None:
    staff(client, "view_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    Process.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=3))
    stores.reset()
    body = client.get(page_of(handler)).content.decode()
    assert "waiting for text; its process was last heard of 3 min" in body
    assert "<dt>Sent</dt>" not in body


def test_what_the_journal_has_not_heard_of_an_end_is_followed(client: Client) -> None:
    staff(client, "view_stream")
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    body = client.get(page_of(handler)).content.decode()
    assert "The journal has not heard yet how it ended." in body
    assert "data-source" in body


def test_without_a_journal_it_is_said_that_there_is_none(client: Client, settings: Any) -> None:
    staff(client, "view_stream")
    told = "No journal is kept: <code>JOURNAL</code> is False."
    assert told not in client.get(LIST).content.decode()
    settings.SSE_PIPELINE = {"JOURNAL": False}
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    assert told in client.get(LIST).content.decode()
    body = client.get(page_of(handler)).content.decode()
    assert told in body
    assert "not journaled yet" not in body
    assert "data-source" not in body


@pytest.mark.parametrize("key", ["0b5e3b1c-7d51-4d5e-9f0a-3c1f4a6e2b10", "nonsense"])
def test_a_stream_that_nobody_knows(admin_client: Client, key: str) -> None:
    response = admin_client.get(f"{LIST}{key}/change/", follow=True)
    assert "There is no such stream" in response.content.decode()
