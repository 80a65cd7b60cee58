"""The worker program: speaks with eSpeak NG, which is not thread-safe, in a process of its own.

Run as `python espeak_worker.py LIBRARY DATA`. Requests come on standard input: a `REQUEST`, the
voice and the text. Each is answered on standard output by frames, a `FRAME` and its body: `SOUND`s
(a count, as many `MARK`s, and samples), then `DONE` or `FAILED` with the reason. It ends with its
input. It imports nothing of the package, so that it starts at once.
"""

import ctypes
import os
import struct
import sys
from functools import partial
from typing import Any

#: Words a minute, and the lengths of voice and text in bytes.
REQUEST = struct.Struct("<HHI")
#: What it is, and the length of the body.
FRAME = struct.Struct("<BI")
SOUND, DONE, FAILED = 1, 2, 3
COUNT = struct.Struct("<H")
#: What it is, a character's position from 1, a length in characters, and a sample.
MARK = struct.Struct("<BIIq")
WORD, CLAUSE_END = 1, 5

SAMPLE_RATE = 22050

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_BUFFER_MS = 100
_UTF8 = 1
_BY_CHARACTER = 1
_RATE = 1
_END_OF_MARKS = 0


class _Identity(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    """`espeak_EVENT` of `speak_lib.h`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


def _send(output: int, kind: int, body: bytes = b"") -> None:
    data = memoryview(FRAME.pack(kind, len(body)) + body)
    while data:
        data = data[os.write(output, data) :]


def _hear(output: int, samples: int | None, count: int, events: Any) -> int:
    try:
        marks = _marks(events)
        pcm = ctypes.string_at(samples, count * 2) if samples and count > 0 else b""
        if marks or pcm:
            _send(output, SOUND, COUNT.pack(len(marks)) + b"".join(marks) + pcm)
    except OSError:
        os._exit(1)
    return 0


def _marks(events: Any) -> list[bytes]:
    marks, index = [], 0
    while (event := events[index]).type != _END_OF_MARKS:
        if event.type in (WORD, CLAUSE_END):
            place = max(event.text_position, 0), max(event.length, 0)
            marks.append(MARK.pack(event.type, *place, event.sample))
        index += 1
    return marks


def _load(library: str, data: str, hear: Any) -> Any:
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, os.fsencode(data), _DO_NOT_EXIT)
    if rate != SAMPLE_RATE:
        raise OSError(f"eSpeak NG did not start: {rate}")
    espeak.espeak_SetSynthCallback(hear)
    return espeak


def _speak(espeak: Any, words_per_minute: int, voice: bytes, text: bytes) -> None:
    if espeak.espeak_SetVoiceByName(voice):
        raise ValueError("eSpeak NG has no such voice")
    espeak.espeak_SetParameter(_RATE, words_per_minute, 0)
    size = ctypes.c_size_t(len(text) + 1)
    if espeak.espeak_Synth(text, size, 0, _BY_CHARACTER, 0, _UTF8, None, None):
        raise ValueError("eSpeak NG refused the text")


def main(library: str, data: str) -> None:
    """Answer requests until the input ends."""
    output = os.dup(1)
    os.dup2(2, 1)  # What a library may print must not get between the frames.
    hear = _CALLBACK(partial(_hear, output))
    espeak = _load(library, data, hear)
    requests = sys.stdin.buffer
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        words_per_minute, voice_size, text_size = REQUEST.unpack(head)
        voice, text = requests.read(voice_size), requests.read(text_size)
        try:
            _speak(espeak, words_per_minute, voice, text)
        except ValueError as error:
            _send(output, FAILED, str(error).encode())
        else:
            _send(output, DONE)


if __name__ == "__main__":
    main(*sys.argv[1:])
