"""A speech server with OpenAI's interface. The input of a request says how it answers."""

import base64
import io
import json
import math
import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from sse_pipeline.tts import SpeechPolicy

SAMPLE_RATE = 24000
#: Samples for each character of the input.
CHARACTER = SAMPLE_RATE // 15
#: Seconds after which a client that should have disconnected has failed.
PATIENCE = 30
SECRET = "sk-secret"


def tone(characters: int, rate: int = SAMPLE_RATE) -> bytes:
    """Return the sound of some characters."""
    count = characters * CHARACTER * rate // SAMPLE_RATE
    period = [round(8000 * math.sin(2 * math.pi * step / 60)) for step in range(60)]
    return struct.pack(f"<{count}h", *(period * (count // 60 + 1))[:count])


def wav(pcm: bytes, rate: int = SAMPLE_RATE, channels: int = 1) -> bytes:
    """Return a WAV of some samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(pcm)
    return file.getvalue()


def delta(pcm: bytes) -> bytes:
    """Return the event of some samples."""
    return event({"type": "speech.audio.delta", "audio": base64.b64encode(pcm).decode()})


def crumbs(body: bytes) -> list[bytes]:
    """Return a body in pieces: each byte of its header is one."""
    return [*(body[place : place + 1] for place in range(60)), body[60:]]


def event(document: object) -> bytes:
    """Return an event."""
    return b"data: %b\n\n" % json.dumps(document).encode()


class SpeechRequestHandler(BaseHTTPRequestHandler):
    """Answers one request; the server is a `FakeSpeechServer`."""

    protocol_version = "HTTP/1.1"
    server: "FakeSpeechServer"

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, self.headers["authorization"], document))
        text = document["input"]
        self.pcm = tone(len(text))
        try:
            next(act for name, act in ACTS.items() if name in text)(self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left.set()
            self.close_connection = True

    def send_whole(self, body: bytes, kind: str = "audio/pcm", status: int = 200) -> None:
        self.head(kind, len(body), status)
        self.wfile.write(body)

    def head(self, kind: str = "audio/pcm", length: int | None = None, status: int = 200) -> None:
        """Send the headers. A body without a length is sent in chunks."""
        self.send_response(status)
        self.send_header("content-type", kind)
        if length is None:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(length))
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def chunks(self, *chunks: bytes, kind: str = "audio/pcm") -> None:
        self.head(kind)
        for each in (*chunks, b""):
            self.chunk(each)

    def events(self, *events: bytes) -> None:
        self.chunks(*events, kind="text/event-stream")

    def redirect(self) -> None:
        """Send the client to another path, with the same request."""
        self.send_response(307)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def cut(self) -> None:
        self.close_connection = True

    def stall(self) -> None:
        """Send nothing until the client disconnects."""
        self.connection.settimeout(PATIENCE)
        assert self.connection.recv(1) == b""
        self.server.left.set()
        self.cut()

    def half(self) -> bytes:
        return self.pcm[: len(self.pcm) // 4 * 2]

    def in_pieces(self) -> None:
        self.chunks(*(self.pcm[start : start + 4097] for start in range(0, len(self.pcm), 4097)))

    def in_events(self) -> None:
        done = event({"type": "speech.audio.done", "usage": {}})
        half = len(self.half()) + 1
        self.events(delta(self.pcm[:half]), b": ping\n\n", delta(self.pcm[half:]), done)

    def in_crumbs(self, body: bytes, kind: str) -> None:
        self.chunks(*crumbs(body), kind=kind)

    def endless_wav(self, behind: bytes = b"") -> None:
        header = bytearray(wav(b""))
        header[4:8] = header[40:44] = b"\xff\xff\xff\xff"
        self.chunks(
            bytes(header[:20]),
            bytes(header[20:]) + self.half(),
            self.pcm[len(self.half()) :] + behind,
            kind="audio/wav",
        )

    def late(self) -> None:
        self.head()
        self.stall()

    def hang(self) -> None:
        self.head()
        self.chunk(self.half())
        self.stall()

    def drip(self) -> None:
        self.head()
        while not self.server.stopped.wait(0.02):
            self.chunk(b"\x00\x10")

    def endless(self) -> None:
        self.head()
        while not self.server.stopped.is_set():
            self.chunk(tone(15))

    def short_length(self) -> None:
        self.head(length=len(self.pcm))
        self.wfile.write(self.half())
        self.cut()

    def cut_chunk(self) -> None:
        self.head()
        self.chunk(self.half())
        self.cut()

    def refuse(self, status: int) -> None:
        body = json.dumps({"error": {"message": f"a secret {SECRET}"}}).encode()
        self.send_whole(body, "application/json", status)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


#: The action for an input that contains these words. The first that fits is taken.
ACTS: dict[str, Callable[[Any], object]] = {
    "as a wave in crumbs": lambda reply: reply.in_crumbs(wav(reply.pcm), "audio/wav"),
    "as a wave that calls itself pcm": lambda reply: reply.in_crumbs(wav(reply.pcm), "audio/pcm"),
    "as a wave without a name": lambda reply: reply.in_crumbs(
        wav(reply.pcm), "application/octet-stream"
    ),
    "as a wave in events": lambda reply: reply.events(
        *map(delta, crumbs(wav(reply.pcm))), event({"type": "speech.audio.done"})
    ),
    "in pieces": SpeechRequestHandler.in_pieces,
    "in events": SpeechRequestHandler.in_events,
    "as unnamed": lambda reply: reply.send_whole(reply.pcm, "application/octet-stream"),
    "with silence": lambda reply: reply.send_whole(
        bytes(SAMPLE_RATE // 2) + reply.pcm + bytes(SAMPLE_RATE * 2)
    ),
    "as a wave": lambda reply: reply.send_whole(wav(reply.pcm) + b"LIST\0\0\0\0", "audio/wav"),
    "as an endless wave": SpeechRequestHandler.endless_wav,
    "as an endless odd wave": lambda reply: reply.endless_wav(b"\x01"),
    "as a slower wave": lambda reply: reply.send_whole(
        wav(tone(len(reply.pcm) // 2 // CHARACTER, 16000), 16000), "audio/x-wav"
    ),
    "as a stereo wave": lambda reply: reply.send_whole(wav(reply.pcm, channels=2), "audio/wav"),
    "as a cut wave": lambda reply: reply.send_whole(wav(reply.pcm)[:-1000], "audio/wav"),
    "as a broken wave": lambda reply: reply.send_whole(reply.pcm, "audio/wav"),
    "stall at once": SpeechRequestHandler.stall,
    "stall after the headers": SpeechRequestHandler.late,
    "stall in the middle": SpeechRequestHandler.hang,
    "drip": SpeechRequestHandler.drip,
    "endless": SpeechRequestHandler.endless,
    "cut below its length": SpeechRequestHandler.short_length,
    "cut in its chunks": SpeechRequestHandler.cut_chunk,
    "cut at once": SpeechRequestHandler.cut,
    "empty": lambda reply: reply.send_whole(b""),
    "a document": partial(SpeechRequestHandler.refuse, status=200),
    "a page": lambda reply: reply.send_whole(b"<html>" + SECRET.encode(), "text/html"),
    "unauthorized": partial(SpeechRequestHandler.refuse, status=401),
    "too many": partial(SpeechRequestHandler.refuse, status=429),
    "elsewhere": lambda reply: reply.redirect(),
    "a failure": partial(SpeechRequestHandler.refuse, status=500),
    "unknown": partial(SpeechRequestHandler.refuse, status=404),
    "events without an end": lambda reply: reply.events(delta(reply.pcm)),
    "events with an error": lambda reply: reply.events(
        delta(reply.half()), event({"type": "error", "error": {"message": SECRET}})
    ),
    "events with a refusal": lambda reply: reply.events(event({"type": "error", "code": SECRET})),
    "events that break": lambda reply: reply.events(b'data: {"type": \n\n'),
    "events of numbers": lambda reply: reply.events(b"data: 7\n\n"),
    "events in no base": lambda reply: reply.events(
        event({"type": "speech.audio.delta", "audio": "*" * 8})
    ),
    "an odd byte": lambda reply: reply.send_whole(reply.pcm + b"\x01"),
    "short": lambda reply: reply.send_whole(reply.pcm[:200]),
    "silent": lambda reply: reply.send_whole(bytes(len(reply.pcm))),
    "": lambda reply: reply.send_whole(reply.pcm),
}


class FakeSpeechServer(ThreadingHTTPServer):
    """Serves `POST /v1/audio/speech` on a free loopback port."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SpeechRequestHandler)
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        #: Set when a client closed a connection before the end.
        self.left = Event()
        self.stopped = Event()

    @property
    def location(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def policy(self) -> SpeechPolicy:
        """Allow a configuration to name this server, and the variable of its key."""
        return SpeechPolicy(variables=["SPEECH_KEY"], hosts=[self.location])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serve_speech() -> Iterator[FakeSpeechServer]:
    """Serve until the block is left."""
    with FakeSpeechServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()
