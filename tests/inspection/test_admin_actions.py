"""The staff steps in: cancels a stream, and completes a component by force."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from harness.admin import LIST, many, page_of, staff
from sse_pipeline import SSEHandler
from sse_pipeline.models import Intervention, Process

pytestmark = pytest.mark.django_db


def test_a_cancel_is_carried_out_and_written_down(client: Client, heard: Any) -> None:
    user = staff(client, "view_stream", "cancel_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    response = client.post(
        f"{LIST}{handler.stream_id}/cancel/", {"reason": "it runs away"}, follow=True
    )
    assert "Cancelled the stream." in response.content.decode()
    assert handler.cancelled
    row = Intervention.objects.get()
    assert (row.username, row.action, row.reason, row.via, row.taken) == (
        user.username, "cancel", "it runs away", "admin", True,
    )  # fmt: skip
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (user, handler.stream_id)
    assert "it runs away" in entry.change_message
    assert "it runs away" in client.get(page_of(handler)).content.decode()


def test_a_stop_is_carried_out_and_written_down(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "cancel_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    assert "Stop the stream" in client.get(page_of(handler)).content.decode()
    url = f"{LIST}{handler.stream_id}/stop/"
    body = client.post(url, {"reason": "enough"}, follow=True).content.decode()
    assert "Stopped the stream." in body
    handler.mark_component_complete("text")
    snapshot = handler.snapshot()
    assert (snapshot.state, snapshot.stopped and snapshot.stopped.by) == ("complete", "staff")
    assert Intervention.objects.get().action == "stop"


def test_a_component_is_completed_by_force(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "settle_component")
    handler = SSEHandler(components=["text", "speech"])
    handler.mark_component_complete("text")
    url = f"{LIST}{handler.stream_id}/settle/"
    answer = {"component": "text", "reason": "stuck"}
    assert "Nothing was done" in client.post(url, answer, follow=True).content.decode()
    answer["component"] = "speech"
    assert "Completed speech by force" in client.post(url, answer, follow=True).content.decode()
    assert handler.snapshot().state == "complete"
    assert (Intervention.objects.get().component, LogEntry.objects.count()) == ("speech", 1)


@pytest.mark.parametrize("action", ["stop", "cancel", "settle"])
def test_stepping_in_takes_permission_a_reason_and_a_post(client: Client, action: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    url = f"{LIST}{handler.stream_id}/{action}/"
    staff(client, "view_stream")
    assert client.post(url, {"reason": "x", "component": "text"}).status_code == 403
    staff(client, "view_stream", "cancel_stream", "settle_component")
    assert client.get(url).status_code == 403
    body = client.post(url, {"reason": "", "component": "text"}, follow=True).content.decode()
    assert "Nothing was done" in body
    assert handler.snapshot().state == "streaming"
    assert not Intervention.objects.exists()


def test_stepping_in_needs_the_token_of_the_form() -> None:
    client = Client(enforce_csrf_checks=True)
    staff(client, "view_stream", "cancel_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    assert client.post(f"{LIST}{handler.stream_id}/cancel/", {"reason": "x"}).status_code == 403
    assert not handler.cancelled


def test_what_another_process_has_can_not_be_cancelled_here(
    client: Client, process: Process
) -> None:
    staff(client, "view_stream", "cancel_stream")
    (stream,) = many(process, 1, state="streaming", ended_at=None)
    body = client.post(f"{LIST}{stream.pk}/cancel/", {"reason": "x"}, follow=True).content.decode()
    assert "This process has not got the stream" in body


def test_a_stream_that_is_over_is_said_to_be(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "cancel_stream")
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    url = f"{LIST}{handler.stream_id}/cancel/"
    body = client.post(url, {"reason": "x"}, follow=True).content.decode()
    assert "it was over already" in body
    assert not Intervention.objects.get().taken
