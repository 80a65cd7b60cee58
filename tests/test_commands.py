"""The command line, and the tokens by which it reaches a site that runs elsewhere."""

import datetime as dt
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from harness.servers import ROOT, Server, serve
from harness.waiting import until
from sse_pipeline import SSEHandler, stores
from sse_pipeline.access import staff
from sse_pipeline.commandline import remote
from sse_pipeline.models import Intervention, Process, Stream
from sse_pipeline.testing import SSECommunicator

NOBODY = str(uuid.uuid4())
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "harness.inspection_settings",
    "DJANGO_SUPERUSER_PASSWORD": "secret",
    "COLUMNS": "200",
}


def said(*words: str, **options: Any) -> str:
    """Run a command; return what it wrote."""
    output = io.StringIO()
    call_command(*words, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def journal_rows(db: None) -> list[Stream]:
    now = timezone.now()
    process = Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)
    common: dict[str, Any] = {
        "version": 3, "process": process, "components_total": 2, "frames": 5, "bytes": 50,
    }  # fmt: skip
    return [
        Stream.objects.create(id=uuid.uuid4(), opened_at=now, **common, **row)
        for row in (
            {"state": "streaming", "components_done": 1, "owner": "user:1"},
            {"state": "errored", "components_done": 2, "reason": "timeout", "ended_at": now},
        )
    ]


def test_the_streams_as_a_table(journal_rows: list[Stream], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # what is no terminal is not bounded by it
    Stream.objects.update(owner="user:" + "7" * 200)
    table = said("sse_streams")
    for stream in journal_rows:
        assert re.search(rf"^{stream.pk} .*{stream.state}.*user:7{{200}} ", table, re.MULTILINE)
    assert "1/2" in table
    assert "errored" not in said("sse_streams", "--state", "streaming")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_terminal_never_cuts_state_and_reason(
    journal_rows: list[Stream], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a terminal has it
    monkeypatch.delenv("NO_COLOR", raising=False)
    Stream.objects.update(owner="user:" + "7" * 200)
    Stream.objects.filter(state="errored").update(reason="component_failed")
    _, _, *lines = re.sub("\x1b\\[[0-9;]*m", "", said("sse_streams")).splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= max(columns, 72)
    for stream, line in zip(Stream.objects.all(), lines, strict=True):
        digits = 36 if columns == 120 else 8
        assert line.startswith(f"{str(stream.pk)[:digits]} ")
    assert re.search(r" errored +component_failed ", "\n".join(lines))


def test_what_an_open_stream_sent_is_not_in_the_journal(journal_rows: list[Stream]) -> None:
    sent = {
        document["state"]: (document["frames"], document["bytes"])
        for document in map(json.loads, said("sse_streams", "--json").splitlines())
    }
    assert sent == {"streaming": (None, None), "errored": (5, 50)}
    table = said("sse_streams")
    assert re.search(r"streaming .* 1/2 *$", table, re.MULTILINE)
    assert re.search(r"errored .* 2/2 +5 *$", table, re.MULTILINE)


def test_the_streams_as_json(journal_rows: list[Stream]) -> None:
    lines = said("sse_streams", "--json", "--reason", "timeout").splitlines()
    (document,) = map(json.loads, lines)
    assert document["stream"] == str(journal_rows[1].pk)
    assert (document["state"], document["reason"], document["process"]) == (
        "errored", "timeout", "host:7",
    )  # fmt: skip
    assert len(said("sse_streams", "--json", "--limit", "1").splitlines()) == 1
    assert said("sse_streams", "--json", "--owner", "user:2") == ""


def test_the_streams_are_watched_until_ctrl_c(
    journal_rows: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = iter([None, KeyboardInterrupt()])

    def sleep(_: float) -> None:
        if error := next(pauses):
            raise error

    monkeypatch.setattr("time.sleep", sleep)
    assert "as of the journal" in said("sse_streams", "--watch")


@pytest.mark.parametrize(
    "words",
    [
        ("--state", "open"), ("--limit", "0"), ("--limit", "x"), ("--watch", "-1"),
        ("--watch", "nan"), ("--watch", "inf"), ("--watch", "x"),
    ],
)  # fmt: skip
def test_bad_options_are_named(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=words[0]):
        said("sse_streams", *words)


def test_without_rich_it_says_what_to_install(monkeypatch: Any, journal_rows: list[Stream]) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(CommandError, match=r"django-sse-pipeline\[cli\]"):
        said("sse_streams")
    assert said("sse_streams", "--json")


@pytest.mark.parametrize("command", ["sse_streams", "sse_reap"])
def test_a_journal_without_tables_says_what_to_do(tmp_path: Path, command: str) -> None:
    environment = {"DJANGO_DATABASE": str(tmp_path / "new.sqlite3")}
    told = manage(environment, command, status=1)
    assert "manage.py migrate" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("reason", [[], ["--reason", " "], ["--reason", "x" * 256]])
def test_a_cancel_needs_a_reason_that_can_be_kept(reason: list[str]) -> None:
    with pytest.raises(CommandError, match="--reason"):
        said("sse_cancel", NOBODY, *reason)


def test_the_diagram() -> None:
    assert "streaming --> draining" in said("sse_diagram")


@pytest.mark.parametrize("command", ["sse_tail", "sse_cancel"])
def test_the_memory_of_another_process_can_not_be_reached(command: str) -> None:
    why = ["--reason", "test"] if command == "sse_cancel" else []
    with pytest.raises(CommandError, match="--url"):
        said(command, NOBODY, *why)


@pytest.mark.parametrize("command", ["sse_tail", "sse_cancel"])
def test_an_id_has_to_be_one(command: str) -> None:
    with pytest.raises(CommandError, match="'nonsense' is no id of a stream"):
        said(command, "nonsense")


@pytest.mark.django_db
def test_who_may(settings: Settings) -> None:
    user = User.objects.create_user("eve")
    cases = [(None, "--user is missing"), ("nobody", "no user nobody"), ("eve", "not active staff")]
    for name, complaint in cases:
        with pytest.raises(CommandError, match=complaint):
            remote.member(name, staff.CANCEL)
    user.is_staff = True
    user.save()
    with pytest.raises(CommandError, match=r"cancel_stream"):
        remote.member("eve", staff.CANCEL)
    user.user_permissions.add(Permission.objects.get(codename="cancel_stream"))
    assert remote.member("eve", staff.CANCEL) == user
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active staff"):
        remote.member("eve", staff.CANCEL)


def test_an_address_has_to_be_one() -> None:
    for address in ("ftp://example.com", "http://[::1", "http://host:port", "http://host:99999"):
        with pytest.raises(CommandError, match="--url: .* is no http"):
            remote.Site(address, None)


class Cutting(http.server.BaseHTTPRequestHandler):
    """Serves a stream whose connection breaks after each frame; once it does not answer at all."""

    refuses: ClassVar[list[int]] = [2]

    def do_GET(self) -> None:
        after = int(self.headers.get("Last-Event-ID", 0))
        if after in self.refuses:
            self.refuses.remove(after)
            self.close_connection = True
            return
        name = "complete" if after == 3 else "text"
        frame = f"id: {after + 1}\nevent: {name}\ndata: {{}}\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        self.wfile.write(frame)

    def do_POST(self) -> None:
        self.send_response(502)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cutting(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    yield from served(Cutting)


def served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve in a thread; yield the address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_a_lost_connection_is_resumed(cutting: str) -> None:
    User.objects.create_superuser("ann")
    words = ("sse_tail", NOBODY, "--raw", "--url", cutting, "--user", "ann")
    told = said(*words)
    assert re.findall(r"^id: (\d)", told, re.MULTILINE) == ["1", "2", "3", "4"]
    assert Cutting.refuses == []
    with pytest.raises(CommandError, match="the site answers 502: Bad Gateway"):
        said("sse_cancel", *words[1:2], *words[3:], "--reason", "test")


class Mistaken(http.server.BaseHTTPRequestHandler):
    """Answers as the first part of the path has it: what is no stream, or one that says nothing."""

    def do_GET(self) -> None:
        status, kind = {
            "login": (302, "text/html"),
            "page": (200, "text/html"),
            "mute": (200, "text/event-stream"),
        }[self.path.split("/")[1]]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "/accounts/login/")
        self.end_headers()
        self.wfile.write(b"retry: 2000\n\n")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mistaken(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    yield from served(Mistaken)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("login", "answers 302: see /accounts/login/"),
        ("page", "answers 200: text/html in place of "),
        ("mute", "closes each connection|in place of application/json"),
    ],
)
def test_an_address_that_serves_no_streams(mistaken: str, where: str, complaint: str) -> None:
    User.objects.create_superuser("ann")
    for command in (["sse_tail", "--raw"], ["sse_cancel", "--reason", "test"]):
        with pytest.raises(CommandError, match=complaint):
            said(*command, NOBODY, "--url", f"{mistaken}/{where}", "--user", "ann")


@pytest.mark.django_db
def test_a_site_that_is_not_there(cutting: str) -> None:
    User.objects.create_superuser("ann")
    nowhere = "https" + cutting.removeprefix("http")
    for command in (["sse_tail", "--raw"], ["sse_cancel", "--reason", "test"]):
        with pytest.raises(CommandError, match=r"--url: .* can't be reached: .*Error"):
            said(*command, NOBODY, "--url", nowhere, "--user", "ann")


def test_the_journal_is_put_in_order(journal_rows: list[Stream]) -> None:
    lost, old = journal_rows
    long_ago = timezone.now() - dt.timedelta(days=31)
    Process.objects.update(seen_at=long_ago)
    Stream.objects.filter(pk=old.pk).update(opened_at=long_ago)
    assert said("sse_reap").strip() == "1 streams closed, 1 deleted"
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("errored", "producer_lost")


def test_no_age_is_too_old(journal_rows: list[Stream], settings: Settings) -> None:
    settings.SSE_PIPELINE = {"JOURNAL_KEEP": None}
    Stream.objects.update(opened_at=timezone.now() - dt.timedelta(days=3650))
    assert said("sse_reap").strip() == "0 streams closed, 0 deleted"
    assert said("sse_reap", "--keep", "1").strip() == "0 streams closed, 1 deleted"


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "-inf", "1e300", "36501", "x"])
def test_no_nonsense_deletes_anything(journal_rows: list[Stream], days: str) -> None:
    with pytest.raises(CommandError, match="--keep"):
        said("sse_reap", "--keep", days)
    assert Stream.objects.count() == 2


def test_the_reaper_leaves_what_the_staff_did(journal_rows: list[Stream]) -> None:
    Intervention.objects.create(stream_id=journal_rows[1].pk, taken=True)
    assert said("sse_reap", "--keep", "0").strip() == "0 streams closed, 1 deleted"
    assert Intervention.objects.count() == 1


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(stores.current()), "shared", True)


@pytest.mark.django_db
def test_a_shared_store_is_reached_without_a_site(shared: None) -> None:
    User.objects.create_superuser("ann")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one \x1b[31mred\nline")
    words = ("sse_cancel", handler.stream_id, "--user", "ann", "--reason", "test")
    assert "was cancelled" in said(*words)
    row = Intervention.objects.get()
    assert (row.username, row.via, row.reason, row.taken) == ("ann", "shell", "test", True)
    handler.fail_component("text", "stopped")
    assert "had ended already" in said(*words)
    raw = said("sse_tail", handler.stream_id, "--raw")
    assert raw.encode() == b"".join(handler)
    pretty = said("sse_tail", handler.stream_id)
    assert "\x1b[31m" not in pretty
    assert r"one \x1b[31mred\nline" in pretty
    with pytest.raises(CommandError, match="never was"):
        said("sse_tail", NOBODY)


@pytest.fixture(scope="module")
def inspected(site_environment: dict[str, str]) -> Iterator[Server]:
    """Serve a site that makes specimens, with a member of the staff called `ann`."""
    someone = ("--username=cliff", "--email=a@example.com")
    manage(site_environment, "createsuperuser", "--noinput", *someone)
    environment = {**site_environment, **SETTINGS}
    with serve("daphne", "harness.inspection_site:application", environment) as server:
        yield server


def manage(environment: dict[str, str], *words: str, status: int = 0) -> str:
    """Run a command in a process of its own, against the site's database."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SUPERUSER_PASSWORD": "secret",
            "COLUMNS": "200",
            **environment,
            **SETTINGS,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_a_stream_of_a_running_site_is_listed_cancelled_and_followed(
    inspected: Server, site_environment: dict[str, str]
) -> None:
    import urllib.request

    request = urllib.request.Request(f"{inspected.url}/specimens/?only=streaming", data=b"")
    with urllib.request.urlopen(request) as response:
        stream_id = json.load(response)["streaming"]
    until(lambda: stream_id in manage(site_environment, "sse_streams", "--state", "streaming"))
    where = (stream_id, "--url", inspected.url, "--user", "cliff")
    cancel = ("sse_cancel", *where, "--reason", "it runs away")
    assert f"{stream_id} was cancelled" in manage(site_environment, *cancel)
    tail = manage(site_environment, "sse_tail", *where)
    assert "errored" in tail.splitlines()[-1]
    assert "cancelled" in tail.splitlines()[-1]
    assert f"{stream_id} had ended already" in manage(site_environment, *cancel)
    assert manage(site_environment, "sse_tail", *where, "--raw").startswith("retry: ")
    listed = manage(site_environment, "sse_streams", "--json", "--reason", "cancelled")
    assert stream_id in listed
    nowhere = (NOBODY, *where[1:])
    assert "404: no such stream" in manage(site_environment, "sse_tail", *nowhere, status=1)
    assert "0 deleted" in manage(site_environment, "sse_reap", "--keep", "1")


def test_a_reader_that_has_had_enough_is_no_error(site_environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        done = subprocess.run(
            [sys.executable, "-c", PIPED], cwd=ROOT, env={**os.environ, **site_environment},
            stdout=broken, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0
    assert "Error" not in done.stderr


PIPED = """
import django
django.setup()
from django.core.management import call_command
from sse_pipeline import SSEHandler, stores
type(stores.current()).shared = True
handler = SSEHandler(components=["text"])
handler.mark_component_complete("text")
call_command("sse_tail", handler.stream_id, "--raw")
"""


async def answer_to(stream: str, token: str) -> int:
    from project.asgi import application

    path = f"/streams/{stream}/"
    headers = [(b"authorization", f"Bearer {token}".encode())]
    async with SSECommunicator(application, path, headers=headers) as client:
        return int(client.status or 0)


@pytest.mark.usefixtures("database_of_loop")
async def test_a_token_admits_staff_with_the_permission_and_nobody_else(settings: Any) -> None:
    from asgiref.sync import sync_to_async

    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="hello")
    user = await User.objects.acreate(username="ann", is_staff=True)

    async def status(token: str) -> int:
        return await answer_to(handler.stream_id, token)

    assert await status(staff.token(user)) == 404
    for codename, admitted in (("view_stream", 404), ("view_frames", 200)):
        permission = await Permission.objects.aget(codename=codename)
        await sync_to_async(user.user_permissions.add)(permission)
        assert await status(staff.token(user)) == admitted
    assert await status(staff.token(user)[:-1] + "x") == 404
    assert await status(signing.dumps(str(user.pk), salt="another")) == 404
    assert await status("nonsense") == 404
    settings.SECRET_KEY = "another"  # what another site signs
    foreign = staff.token(user)
    del settings.SECRET_KEY
    settings.SECRET_KEY = "for-development-only"
    assert await status(foreign) == 404
    await User.objects.aupdate(is_active=False)
    assert await status(staff.token(user)) == 404


@pytest.mark.usefixtures("database_of_loop")
async def test_a_cancel_by_a_token_is_written_down() -> None:
    from project.asgi import application

    user = await User.objects.acreate(username="ann", is_staff=True, is_superuser=True)
    handler = SSEHandler(owner="user:999", components=["text"])
    await handler.asend("text", chunk="hello")
    path = f"/streams/{handler.stream_id}/cancel/?reason=runs+away"
    headers = [(b"authorization", f"Bearer {staff.token(user)}".encode())]
    async with SSECommunicator(application, path, method="POST", headers=headers) as client:
        assert client.status == 202
    assert handler.cancelled
    row = await Intervention.objects.aget()
    assert (str(row.stream_id), row.username) == (handler.stream_id, "ann")
    assert (row.action, row.reason, row.via, row.taken) == ("cancel", "runs away", "http", True)


@pytest.mark.django_db
def test_a_token_is_short_lived(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.create_superuser("ann")
    request = rf.get("/", headers={"Authorization": f"Bearer {staff.token(user)}"})
    assert staff.holder(request) == user
    monkeypatch.setattr(staff, "LIFETIME", -1)
    assert staff.holder(request) is None
