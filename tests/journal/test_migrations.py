"""The migrations keep the rows of a journal."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from sse_pipeline.models import Intervention, StreamComponent

BEFORE = [("sse_pipeline", "0001_initial")]


def test_the_component_is_renamed_and_its_rows_stay(journal_database: str) -> None:
    connection = connections[journal_database]
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    try:
        old = executor.loader.project_state(BEFORE).apps.get_model("sse_pipeline", "Component")
        stream, now = uuid.uuid4(), dt.datetime.now(dt.UTC)
        old.objects.using(journal_database).create(
            stream_id=stream, name="text", version=1, position=0, status="pending", required=True,
            reason="", registered_at=now, frames=1, bytes=2, summary="",
        )  # fmt: skip
        tables = connection.introspection.table_names()
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes("sse_pipeline"))
    assert connection.introspection.table_names() == tables
    row = StreamComponent.objects.using(journal_database).get()
    assert (row.stream_id, row.name, row.frames) == (stream, "text", 1)
    assert StreamComponent._meta.db_table == "sse_pipeline_component" in tables


def test_an_intervention_keeps_its_outcome(journal_database: str) -> None:
    options: dict[str, Any] = {"database": journal_database, "verbosity": 0}
    call_command("migrate", "sse_pipeline", "0004", **options)
    try:
        for taken in (True, False):
            Intervention.objects.using(journal_database).create(
                stream_id=uuid.uuid4(), username="ann", action="cancel", via="http", taken=taken
            )
    finally:
        call_command("migrate", "sse_pipeline", **options)
    rows = Intervention.objects.using(journal_database)
    assert set(rows.values_list("taken", flat=True)) == {True, False}


def test_the_content_type_is_renamed_and_keeps_its_id(journal_database: str) -> None:
    options: dict[str, Any] = {"database": journal_database, "verbosity": 0}
    call_command("migrate", "sse_pipeline", "0001", **options)
    call_command("migrate", "contenttypes", **options)
    try:
        known = ContentType.objects.db_manager(journal_database)
        old = known.get(app_label="sse_pipeline", model="component")
        stream = known.get(app_label="sse_pipeline", model="stream")
        call_command("migrate", "sse_pipeline", **options)
        assert known.get(pk=old.pk).model == "streamcomponent"
        assert known.get(pk=stream.pk).model == "stream"
    finally:
        call_command("migrate", "sse_pipeline", **options)
        call_command("migrate", "contenttypes", "zero", **options)


@pytest.mark.django_db
def test_permissions_and_addresses_stay() -> None:
    known = Permission.objects.filter(content_type__app_label="sse_pipeline")
    assert set(known.values_list("content_type__model", "codename")) == {
        ("stream", "view_stream"),
        ("stream", "view_frames"),
        ("stream", "cancel_stream"),
        ("stream", "settle_component"),
        ("process", "view_process"),
        ("intervention", "view_intervention"),
    }
    assert reverse("admin:sse_pipeline_stream_changelist") == "/admin/sse_pipeline/stream/"
