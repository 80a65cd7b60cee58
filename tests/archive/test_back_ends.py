"""Each back-end keeps, finds, deletes and forgets."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_django
from django.contrib.auth import get_user_model
from django.core.files.storage import Storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from harness import archives
from harness.archives import IN_FILES, IN_MEMORY, MemoryArchive
from harness.commands import said
from sse_pipeline import archive
from sse_pipeline.archive.backend import ArchiveBackend, ArchiveEntry
from sse_pipeline.archive.storage_backend import StorageArchive


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
    return ArchiveEntry(str(uuid4()), owner, expires, b"head of " + data, data)


@pytest.mark.django_db
def test_what_is_put_is_found_until_its_time_is_over(back_end: ArchiveBackend) -> None:
    now = time.time()
    over, kept, ever = entry(expires=now - 86400), entry(expires=now + 3600), entry(data=b"\0\n")
    for each in (over, kept, ever):
        back_end.put(each)
    back_end.put(ArchiveEntry(ever.stream_id, None, None, b"new head", b"again"))
    for ask, found in (
        (back_end.get, (b"x", b"again")),
        (back_end.get_head, (b"head of x", b"new head")),
    ):
        assert ask(over.stream_id) is None
        assert (ask(kept.stream_id), ask(ever.stream_id)) == found
        assert ask(str(uuid4())) is None
    assert said("sse_reap").strip().endswith(", 1 archived ones deleted")
    assert back_end.sweep(10) == 0
    assert back_end.get(kept.stream_id) == b"x"
    assert back_end.remove(ever.stream_id)
    assert not back_end.remove(ever.stream_id)
    assert back_end.get_head(ever.stream_id) is None


def test_the_streams_of_an_owner_are_forgotten(back_end: ArchiveBackend) -> None:
    mine, others, nobodys = entry("user:7"), entry("user:70"), entry()
    for each in (mine, others, nobodys, entry("user:7")):
        back_end.put(each)
    assert back_end.forget("user:7") == 2
    assert back_end.forget("user:7") == 0
    assert back_end.get(mine.stream_id) is back_end.get_head(mine.stream_id) is None
    assert back_end.get(others.stream_id) == back_end.get(nobodys.stream_id) == b"x"


def files(storage: Storage, folder: str = "") -> list[str]:
    folders, names = storage.listdir(folder)
    within = [path for each in folders for path in files(storage, f"{folder}{each}/")]
    return within + [f"{folder}{name}" for name in names]


@pytest.fixture
def storage(settings: Settings) -> Storage:
    settings.STORAGES = {**settings.STORAGES, **archives.STORAGES}
    return storages["sse_archive"]


def test_nothing_is_left_of_a_stream_whose_time_is_over(storage: Storage) -> None:
    back_end = StorageArchive()
    back_end.put(entry("ann", time.time() - 2 * 86400))
    assert len(files(storage)) == 4
    assert back_end.sweep(10) == 1
    assert files(storage) == []


@pytest.mark.parametrize("moment", ["before the stream is saved", "when it is saved"])
def test_an_owner_who_is_forgotten_while_a_stream_comes(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    back_end, put = StorageArchive(), entry("ann")
    if moment == "before the stream is saved":
        _call_before(monkeypatch, storage, "save", "streams/", lambda: back_end.forget("ann"))
        back_end.put(put)
    else:
        back_end.put(put)
        _call_before(monkeypatch, storage, "delete", "owners/", lambda: back_end.put(put))
        back_end.forget("ann")
    assert back_end.get(put.stream_id) is back_end.get_head(put.stream_id) is None


def _call_before(
    monkeypatch: pytest.MonkeyPatch,
    storage: Storage,
    name: str,
    folder: str,
    call: Callable[[], object],
) -> None:
    """Make a call before an operation of the storage first touches a file of a folder."""
    operation, done = getattr(storage, name), list[str]()

    def wrapper(path: str, *arguments: object) -> object:
        if path.startswith(folder) and not done:
            done.append(path)
            call()
        return operation(path, *arguments)

    monkeypatch.setattr(storage, name, wrapper)


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
    # Another test may have it installed.
    settings.INSTALLED_APPS = [*dict.fromkeys([*settings.INSTALLED_APPS, archives.APP])]
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
