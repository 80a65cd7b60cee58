"""`sse_tail` and `sse_cancel` over HTTP: sites that answer wrongly, and one that runs."""

import http.server
import json
import re
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from harness.commands import NOBODY, SETTINGS, manage, said
from harness.servers import Server, serve
from harness.waiting import until
from sse_pipeline.commandline.remote_site import RemoteSite, RetryOptions
from sse_pipeline.management.commands import sse_tail

pytestmark = pytest.mark.processes

KEPT = "SELECT 1 FROM sse_pipeline_stream WHERE id = ?"


def test_an_address_has_to_be_one() -> None:
    for address in ("ftp://example.com", "http://[::1", "http://host:port", "http://host:99999"):
        with pytest.raises(CommandError, match="--url: .* is not an http"):
            RemoteSite(address, None)


@pytest.mark.parametrize(
    "address", ["http://example.com", "example.com:8000", "http://10.0.0.1", "http://[fe80::1]"]
)
def test_a_token_goes_to_another_machine_only_by_https(address: str) -> None:
    with pytest.raises(CommandError, match=r"^--url: .*plain http.*https://.*--insecure"):
        RemoteSite(address, None)
    RemoteSite(address, None, insecure=True)


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000", "127.0.0.1", "http://127.1.2.3", "http://[::1]", "https://a.example"],
)
def test_a_token_may_stay_on_this_machine(address: str) -> None:
    RemoteSite(address, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "options"), [("sse_tail", {"raw": True}), ("sse_cancel", {"reason": "why"})]
)
def test_the_commands_refuse_plain_http(command: str, options: dict[str, Any]) -> None:
    User.objects.create_superuser("ann")
    given = {"url": "http://example.invalid", "user": "ann", **options}
    with pytest.raises(CommandError, match="--insecure"):
        call_command(command, str(uuid.uuid4()), **given)


class ImpatientTail(sse_tail.Command):
    """Follows a stream, and tries a lost connection again at once."""

    retry = RetryOptions(pause=0.01)


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
def cutting() -> Iterator[str]:
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
    words = (ImpatientTail(), NOBODY, "--raw", "--url", cutting, "--user", "ann")
    told = said(*words)
    assert re.findall(r"^id: (\d)", told, re.MULTILINE) == ["1", "2", "3", "4"]
    assert Cutting.refuses == []
    with pytest.raises(CommandError, match="the site answers 502: Bad Gateway"):
        said("sse_cancel", *words[1:2], *words[3:], "--reason", "test")


class Tearing(http.server.BaseHTTPRequestHandler):
    """Serves a stream whose connection breaks in the middle of the second frame."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if self.headers.get("Last-Event-ID") is None:
            self.wfile.write(b'id: 1\nevent: text\ndata: {"chunk":"one"}\n\n')
            self.wfile.write(b"id: 2\nevent: text\ndata: {")
            return
        assert self.headers["Last-Event-ID"] == "1"
        self.wfile.write(b'retry: 2000\n\nid: 2\nevent: text\ndata: {"chunk":"two"}\n\n')
        self.wfile.write(b"id: 3\nevent: complete\ndata: {}\n\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def tearing() -> Iterator[str]:
    yield from served(Tearing)


@pytest.mark.django_db
def test_a_frame_that_a_lost_connection_cut_is_asked_for_again(tearing: str) -> None:
    User.objects.create_superuser("ann")
    words = (NOBODY, "--url", tearing, "--user", "ann")
    lines = said(ImpatientTail(), *words).splitlines()
    assert [line.split() for line in lines] == [
        ["1", "text", "chunk", "one"], ["2", "text", "chunk", "two"], ["3", "complete"],
    ]  # fmt: skip
    raw = said(ImpatientTail(), *words, "--raw")
    assert raw.count("id: 2\n") == 2  # the bytes as they came
    assert raw.endswith("id: 3\nevent: complete\ndata: {}\n\n")


class Mistaken(http.server.BaseHTTPRequestHandler):
    """Answers as the first part of the path says: not a stream, or a silent one."""

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
def mistaken() -> Iterator[str]:
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
    for command in ([ImpatientTail(), "--raw"], ["sse_cancel", "--reason", "test"]):
        with pytest.raises(CommandError, match=complaint):
            said(*command, NOBODY, "--url", f"{mistaken}/{where}", "--user", "ann")


@pytest.mark.django_db
def test_a_site_that_is_not_there(cutting: str) -> None:
    User.objects.create_superuser("ann")
    nowhere = "https" + cutting.removeprefix("http")
    for command in ([ImpatientTail(), "--raw"], ["sse_cancel", "--reason", "test"]):
        with pytest.raises(CommandError, match=r"--url: .* can't be reached: .*Error"):
            said(*command, NOBODY, "--url", nowhere, "--user", "ann")


@pytest.fixture(scope="session")
def inspected(site_environment: dict[str, str]) -> Iterator[Server]:
    """Serve a site that makes specimens, with a member of the staff called `ann`."""
    someone = ("--username=cliff", "--email=a@example.com")
    manage(site_environment, "createsuperuser", "--noinput", *someone)
    environment = {**site_environment, **SETTINGS}
    with serve("daphne", "harness.inspection_site:application", environment) as server:
        yield server


def test_a_stream_of_a_running_site_is_listed_cancelled_and_followed(
    inspected: Server, site_environment: dict[str, str]
) -> None:
    import urllib.request

    request = urllib.request.Request(f"{inspected.url}/specimens/?only=streaming", data=b"")
    with urllib.request.urlopen(request) as response:
        stream_id = json.load(response)["streaming"]
    with closing(sqlite3.connect(site_environment["DJANGO_DATABASE"])) as journal:
        until(lambda: journal.execute(KEPT, [uuid.UUID(stream_id).hex]).fetchone())
    assert stream_id in manage(site_environment, "sse_streams", "--state", "streaming")
    where = (stream_id, "--url", inspected.url, "--user", "cliff")
    cancel = ("sse_cancel", *where, "--reason", "it runs away")
    assert f"{stream_id} was cancelled" in manage(site_environment, *cancel)
    tail = manage(site_environment, "sse_tail", *where)
    assert "errored" in tail.splitlines()[-1]
    assert "cancelled" in tail.splitlines()[-1]
    nowhere = (NOBODY, *where[1:])
    assert "404: no such stream" in manage(site_environment, "sse_tail", *nowhere, status=1)
