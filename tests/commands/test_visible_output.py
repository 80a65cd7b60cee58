"""The terminal: nothing that others wrote steers it, and one record is one line."""

import io
import json
import socketserver
import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given, settings

from harness.commands import NOBODY, said
from harness.unicode import ENCODABLE_TEXT, acts
from sse_pipeline import SSEHandler
from sse_pipeline.commandline.site_connection import parse_address, request
from sse_pipeline.models import Stream

ACTING = "\x1b[2J\x9b1m\u2028\u2029\x85\u202e\r\n\x7f"


class Terminal(io.StringIO):
    """An output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shared(settings: Any) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}


def acting(text: str) -> list[str]:
    return [each for each in text if acts(each) and each != "\n"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ENCODABLE_TEXT)
def test_a_frame_is_one_line_of_the_tail(shared: None, text: str) -> None:
    handler = SSEHandler(components=["text"])
    fields: dict[str, Any] = {f"name{text}": text, "deep": [text]}
    handler.send("x\u202ey", **fields)
    handler.mark_component_complete("text", summary={"said": text})
    shown = said("sse_tail", handler.stream_id)
    assert not acting(shown)
    assert shown.count("\n") == len(list(handler))


def test_the_raw_bytes_are_escaped_on_a_terminal_alone(shared: None) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("x", text=ACTING)
    handler.mark_component_complete("text")
    sent = b"".join(handler).decode()
    assert "\x9b" in sent
    assert said("sse_tail", handler.stream_id, "--raw") == sent
    terminal = Terminal()
    call_command("sse_tail", handler.stream_id, "--raw", stdout=terminal)
    assert not acting(terminal.getvalue())
    assert terminal.getvalue().count("\n") == sent.count("\n")


@pytest.mark.django_db
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_an_owner_is_one_line_of_the_table(
    journal_rows: list[Stream], words: tuple[str, ...]
) -> None:
    Stream.objects.update(owner=f"user:{ACTING}")
    shown = said("sse_streams", *words)
    assert not acting(shown)
    lines = shown.rstrip("\n").split("\n")
    assert len(lines) == (2 if words else 4)
    assert "user:" in lines[-1]


@pytest.mark.django_db
def test_a_state_of_a_later_release_is_listed(journal_rows: list[Stream]) -> None:
    Stream.objects.update(state="paused\x1b[2J", reason="[red]later")
    shown = said("sse_streams")
    assert r"paused\x1b[2J" in shown
    assert "[red]later" in shown


ERROR = json.dumps({"error": f"no {ACTING}\ud800"}).encode()
ANSWERS = {
    "error": b"HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n" + ERROR,
    "reason": b"HTTP/1.0 502 Bad \x1b[2J\x9bGateway\r\n\r\n",
    "location": b"HTTP/1.0 302 Found\r\nLocation: /\x1b[2J\x9b\xe2\x80\xae\r\n\r\n",
    "type": b"HTTP/1.0 200 OK\r\nContent-Type: text/\x1b\x9bhtml\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_a_site_complains_of_is_one_line(answer: str) -> None:
    class Complaining(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(ANSWERS[answer])

    with socketserver.TCPServer(("127.0.0.1", 0), Complaining) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address = parse_address(f"http://127.0.0.1:{server.server_address[1]}")
        with (
            pytest.raises(CommandError, match="the site answers") as refusal,
            request(address, "GET", "/", {}, content_type="text/event-stream", timeout=30),
        ):
            pass
        thread.join()
    assert not any(map(acts, str(refusal.value)))


def test_a_missing_stream_is_told_on_one_line(shared: None) -> None:
    with pytest.raises(CommandError) as refusal:
        said("sse_tail", NOBODY)
    assert not any(map(acts, str(refusal.value)))
