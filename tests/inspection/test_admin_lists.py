"""The lists of the admin: what they show to whom, and how many queries that takes."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harness.admin import HOSTILE, LIST, many, page_of, staff
from sse_pipeline import SSEHandler
from sse_pipeline.admin.hierarchy import date_hierarchy
from sse_pipeline.admin.readonly import MOST_ROWS
from sse_pipeline.models import Intervention, Process

pytestmark = pytest.mark.django_db


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


def test_the_list_names_owners_and_counts_what_is_complete(client: Client, heard: Any) -> None:
    user = staff(client, "view_stream")
    handler = SSEHandler(owner=user, components=["a", "b"])
    handler.register_component("late", required=False)
    handler.fail_component("late", "broken")
    for name in ("a", "b"):
        handler.mark_component_complete(name)
    body = client.get(LIST).content.decode()
    assert f'<span title="user:{user.pk}">{user.username}</span>' in body
    assert '<span class="sse-number sse-lacking">2 of 3</span>' in body
    page = client.get(page_of(handler)).content.decode()
    assert f"<bdi>{user.username}</bdi> (<bdi>user:{user.pk}</bdi>)" in page


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
        with django_assert_num_queries(10):
            assert client.get(LIST).status_code == 200


def test_a_long_list_is_capped(admin_client: Client, process: Process) -> None:
    many(process, MOST_ROWS + 5)
    assert f"{MOST_ROWS} streams" in admin_client.get(LIST).content.decode()
    assert admin_client.get(f"{LIST}?p={MOST_ROWS // 50}").status_code == 200
    assert admin_client.get(f"{LIST}?p={MOST_ROWS // 50 + 1}").status_code == 302


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
        shown = date_hierarchy(response.context["cl"])
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
