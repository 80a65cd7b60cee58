"""Each back-end keeps, finds, deletes and forgets."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_django
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from harness import archives
from harness.archives import IN_FILES, IN_MEMORY, MemoryArchive
from harness.commands import said
from sse_pipeline import archive
from sse_pipeline.archive.backend import ArchiveBackend, ArchiveEntry


@pytest.fixture(params=["files", "folders", "database"])
def back_end(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path: Path,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[ArchiveBackend]:
    path = "database" if request.param == "database" else IN_FILES
    storage: dict[str, dict[str, object]] = {**archives.STORAGES}
    if request.param == "folders":
        backend = "django.core.files.storage.FileSystemStorage"
        storage = {"sse_archive": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path)}}}
    settings.STORAGES = {**settings.STORAGES, **storage}
    with django_db_blocker.unblock(), archives.in_database(tmp_path):
        settings.SSE_PIPELINE = {"ARCHIVE": path}
        found = archive.current()
        assert found is not None
        yield found


def entry(
    owner: str | None = None, expires: float | None = None, data: bytes = b"x"
) -> ArchiveEntry:
    return ArchiveEntry(str(uuid4()), owner, expires, data)


@pytest.mark.django_db
def test_what_is_put_is_found_until_its_time_is_over(back_end: ArchiveBackend) -> None:
    now = time.time()
    over, kept, ever = entry(expires=now - 86400), entry(expires=now + 3600), entry(data=b"\0\n")
    for each in (over, kept, ever):
        back_end.put(each)
    back_end.put(ArchiveEntry(ever.stream_id, None, None, b"again"))
    assert back_end.get(over.stream_id) is None
    assert back_end.get(kept.stream_id) == b"x"
    assert back_end.get(ever.stream_id) == b"again"
    assert back_end.get(str(uuid4())) is None
    assert said("sse_reap").strip().endswith(", 1 archived ones deleted")
    assert back_end.sweep(10) == 0
    assert back_end.get(kept.stream_id) == b"x"
    assert back_end.remove(ever.stream_id)
    assert not back_end.remove(ever.stream_id)


def test_the_streams_of_an_owner_are_forgotten(back_end: ArchiveBackend) -> None:
    mine, others, nobodys = entry("user:7"), entry("user:70"), entry()
    for each in (mine, others, nobodys, entry("user:7")):
        back_end.put(each)
    assert back_end.forget("user:7") == 2
    assert back_end.forget("user:7") == 0
    assert back_end.get(mine.stream_id) is None
    assert back_end.get(others.stream_id) == back_end.get(nobodys.stream_id) == b"x"


@pytest.mark.django_db
def test_a_deleted_user_is_forgotten(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    users = [get_user_model().objects.create_user(name) for name in ("ann", "bob")]
    for user in users:
        MemoryArchive().put(entry(f"user:{user.pk}"))
    users[0].delete()
    (left,) = MemoryArchive.entries.values()
    assert left.owner == f"user:{users[1].pk}"


@pytest.mark.django_db
def test_its_migrations_are_complete(settings: Settings) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, archives.APP]
    call_command("makemigrations", "sse_pipeline_archive", check=True, dry_run=True, verbosity=0)


def test_a_command_forgets(settings: Settings) -> None:
    with pytest.raises(CommandError, match=r"SSE_PIPELINE\['ARCHIVE'\] is not set"):
        said("sse_forget", "--user", "7")
    settings.SSE_PIPELINE = {"ARCHIVE": IN_MEMORY}
    mine = [entry("user:7"), entry("session"), entry("user:7")]
    for each in mine:
        MemoryArchive().put(each)
    assert said("sse_forget", "--stream", mine[0].stream_id.upper()).strip() == "1 streams deleted"
    assert said("sse_forget", "--user", "7").strip() == "1 streams deleted"
    assert said("sse_forget", "--owner", "session").strip() == "1 streams deleted"
    with pytest.raises(CommandError, match="'nonsense' is not the id of a stream"):
        said("sse_forget", "--stream", "nonsense")
