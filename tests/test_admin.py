"""The admin: what it shows to whom, how many queries that takes, and how the staff steps in."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sse_pipeline import SSEHandler, signals, stores
from sse_pipeline.admin.hierarchy import hierarchy
from sse_pipeline.admin.readonly import MOST
from sse_pipeline.journal import rows
from sse_pipeline.journal.backlog import Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.models import Intervention, Process, Stream

LIST = "/admin/sse_pipeline/stream/"
HOSTILE = "<script>alert(1)</script>"

pytestmark = pytest.mark.django_db


@pytest.fixture
def process() -> Process:
    now = timezone.now()
    return Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)


@pytest.fixture
def heard(process: Process) -> Any:
    """Write all that streams do into the journal, at once."""
    records: list[Record] = []

    def listen(*, snapshot: Any, cause: Any, steps: Any, **_: Any) -> None:
        record = Record(snapshot, cause, list(steps), timezone.now().timestamp())
        write(connection, rows.of([record], process.id, rows.Dialect(connection)))
        records.append(record)

    signals.stream_changed.connect(listen)
    yield records
    signals.stream_changed.disconnect(listen)


def staff(client: Client, *codenames: str, **options: Any) -> User:
    """Log a member of the staff in who has these permissions."""
    user = User.objects.create_user(f"ann{len(codenames)}", is_staff=True, **options)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return user


def page_of(handler: SSEHandler) -> str:
    return f"{LIST}{handler.stream_id}/change/"


def many(process: Process, count: int, **changes: Any) -> list[Stream]:
    now = timezone.now()
    streams = [
        Stream(**{
            "id": uuid.uuid4(), "version": 3, "state": "complete", "process": process,
            "opened_at": now - dt.timedelta(hours=number), "ended_at": now, "components_total": 2,
            "components_done": 2, "frames": 10, "bytes": 100, "owner": f"user:{number}", **changes,
        }) for number in range(count)
    ]  # fmt: skip
    return Stream.objects.bulk_create(streams)


def test_the_list(client: Client, heard: Any) -> None:
    staff(client, "view_stream")
    handler = SSEHandler(owner=f"user:{HOSTILE}", components=["a", "b"])
    handler.mark_component_complete("a")
    body = client.get(LIST).content.decode()
    assert handler.stream_id in body
    assert "1 of 2" in body
    assert "sse-streaming" in body
    assert HOSTILE not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize("permissions", [(), ("view_frames",), ("view_intervention",)])
def test_the_list_takes_the_permission(client: Client, permissions: tuple[str, ...]) -> None:
    staff(client, *permissions)
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(SSEHandler())).status_code == 403


def test_nobody_else_sees_anything(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    user = User.objects.create_user("bob")
    user.user_permissions.set(Permission.objects.filter(codename="view_stream"))
    client.force_login(user)
    assert client.get(LIST).status_code == 302


def test_nothing_can_be_edited(admin_client: Client, process: Process) -> None:
    (stream,) = many(process, 1)
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.get(f"{LIST}{stream.pk}/delete/").status_code == 403
    assert admin_client.post(f"{LIST}{stream.pk}/change/", {"state": "errored"}).status_code == 200
    stream.refresh_from_db()
    assert stream.state == "complete"
    for name, key in (("process", process.pk), ("intervention", 1)):
        assert admin_client.get(f"/admin/sse_pipeline/{name}/").status_code == 200
        assert admin_client.get(f"/admin/sse_pipeline/{name}/add/").status_code == 403
        assert admin_client.post(f"/admin/sse_pipeline/{name}/{key}/delete/").status_code == 403


def test_the_list_takes_the_same_queries_however_long_it_is(
    client: Client, process: Process, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff(client, "view_stream")
    many(process, 2)
    client.get(LIST)
    for more in (0, 300):
        many(process, more)
        with django_assert_num_queries(9):
            assert client.get(LIST).status_code == 200


def test_a_long_list_is_capped(admin_client: Client, process: Process) -> None:
    many(process, MOST + 5)
    assert f"{MOST} streams" in admin_client.get(LIST).content.decode()
    assert admin_client.get(f"{LIST}?p={MOST // 50}").status_code == 200
    assert admin_client.get(f"{LIST}?p={MOST // 50 + 1}").status_code == 302


def ids(client: Client, query: str) -> set[str]:
    body = client.get(f"{LIST}?{query}").content.decode()
    return set(re.findall(r'<code title="([0-9a-f-]{36})"', body))


def test_the_search(admin_client: Client, process: Process) -> None:
    user = User.objects.create_user("carl", id=1000)
    mine, other = many(process, 1, owner=f"user:{user.pk}") + many(process, 1, owner="user:10001")
    assert ids(admin_client, "q=carl") == {str(mine.pk)}
    assert ids(admin_client, "q=user:1000") == {str(mine.pk)}
    assert ids(admin_client, f"q={other.pk}") == {str(other.pk)}
    assert ids(admin_client, f"q={str(other.pk)[:10].upper()}") == {str(other.pk)}
    assert ids(admin_client, "q=nobody%27s") == set()
    assert ids(admin_client, "q=+") == {str(mine.pk), str(other.pk)}


def test_the_filters(admin_client: Client, process: Process) -> None:
    (complete,) = many(process, 1)
    (late,) = many(process, 1, state="errored", reason="timeout")
    assert ids(admin_client, "state__exact=complete") == {str(complete.pk)}
    assert ids(admin_client, "reason__exact=timeout") == {str(late.pk)}


def test_the_date_hierarchy(admin_client: Client, process: Process) -> None:
    for date in ((2024, 12, 31), (2026, 1, 5), (2026, 3, 7)):
        many(process, 1, opened_at=dt.datetime(*date, 12, tzinfo=dt.UTC))

    def choices(query: str) -> list[str]:
        response = admin_client.get(f"{LIST}?{query}")
        shown = hierarchy(response.context["cl"])
        assert shown is not None
        for choice in shown["choices"]:
            assert choice["title"] in response.content.decode()
        return [choice["title"] for choice in shown["choices"]]

    assert choices("") == ["2024", "2025", "2026"]
    assert choices("opened_at__year=2026") == ["January 2026", "February 2026", "March 2026"]
    assert choices("opened_at__year=2024") == ["December 2024"]
    in_march = "opened_at__year=2026&opened_at__month=3"
    assert choices(in_march) == [f"March {day}" for day in range(1, 8)]
    assert choices(f"{in_march}&opened_at__day=7") == ["March 7"]
    assert len(ids(admin_client, "opened_at__year=2026")) == 2
    assert len(ids(admin_client, in_march)) == 1


def test_a_date_after_all_dates(admin_client: Client, process: Process) -> None:
    many(process, 1)
    response = admin_client.get(f"{LIST}?opened_at__year=9999&opened_at__month=12", follow=True)
    assert response.status_code == 200


def test_what_the_staff_did_leads_to_the_stream(admin_client: Client) -> None:
    mine, other = (Intervention.objects.create(stream_id=uuid.uuid4(), taken=True) for _ in "ab")
    page = "/admin/sse_pipeline/intervention/"
    body = admin_client.get(f"{page}?q={mine.stream_id}").content.decode()
    assert f'<a href="{LIST}{mine.stream_id}/change/">' in body
    assert str(other.stream_id) not in body
    assert "0 interventions" in admin_client.get(f"{page}?q=nonsense").content.decode()


def test_what_the_journal_lost_is_said_on_the_list(admin_client: Client, process: Process) -> None:
    Process.objects.update(dropped=17)
    assert "The journal has lost 17 records" in admin_client.get(LIST).content.decode()
    assert "17" in admin_client.get("/admin/sse_pipeline/process/").content.decode()


def test_the_page_of_a_live_stream(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "view_frames")
    handler = SSEHandler(owner="user:99", components=["text"])
    handler.send("text", chunk=HOSTILE)
    handler.note("text", f"note {HOSTILE}")
    body = client.get(page_of(handler)).content.decode()
    assert "live, from the store" in body
    assert "s of silence at most)" in body
    assert f'data-source="/streams/{handler.stream_id}/inspect/"' in body
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
    assert "7123" not in client.get(page).content.decode()


def test_a_note_is_for_those_who_may_see_content(client: Client, heard: Any) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    handler.note("text", "reading \u202ea letter")
    staff(client, "view_stream", "view_frames")
    assert client.get(page_of(handler)).content.decode().count(r"reading \u202ea letter") == 2
    staff(client, "view_stream")
    body = client.get(page_of(handler)).content.decode()
    assert "a letter" not in body
    assert "text: silent for" in body
    handler.mark_component_complete("text")
    staff(client, "view_stream", "view_frames", "cancel_stream")
    assert "a letter" not in client.get(page_of(handler)).content.decode()


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


@pytest.mark.parametrize("action", ["cancel", "settle"])
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
