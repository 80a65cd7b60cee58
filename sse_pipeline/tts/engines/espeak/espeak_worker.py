"""Speaks with eSpeak NG in a worker process (see `worker_program`).

A request is a `REQUEST`, the voice and the text. A sound is a `COUNT`, so many `MARK`s, and
samples.
"""

import ctypes
import os
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

#: The words a minute, and the length of the voice in bytes.
REQUEST = struct.Struct("<HH")
COUNT = struct.Struct("<H")
#: The kind of a mark, the position of a character (from 1), a length in characters, and a sample.
MARK = struct.Struct("<BIIq")
WORD, CLAUSE_END = 1, 5

SAMPLE_RATE = 22050

# The constants of `speak_lib.h`.
_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_BUFFER_MS = 100
_UTF8 = 1
_BY_CHARACTER = 1
_RATE = 1
_END_OF_MARKS = 0


class EspeakEventId(ctypes.Union):
    """`id` in `espeak_EVENT` of `speak_lib.h`."""

    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class EspeakEvent(ctypes.Structure):
    """`espeak_EVENT` of `speak_lib.h`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EspeakEventId),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(EspeakEvent)
)


def _send_sound(send: Callable[[bytes], None], samples: int | None, count: int, events: Any) -> int:
    marks = _marks(events)
    pcm = ctypes.string_at(samples, count * 2) if samples and count > 0 else b""
    if marks or pcm:
        send(COUNT.pack(len(marks)) + b"".join(marks) + pcm)
    return 0  # go on


def _marks(events: Any) -> list[bytes]:
    marks, index = [], 0
    while (event := events[index]).type != _END_OF_MARKS:
        if event.type in (WORD, CLAUSE_END):
            # `MARK` has no sign: a number below 0 must not break it.
            place = max(event.text_position, 0), max(event.length, 0)
            marks.append(MARK.pack(event.type, *place, event.sample))
        index += 1
    return marks


def _load(library: str, data: str, callback: Any) -> Any:
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, os.fsencode(data), _DO_NOT_EXIT)
    if rate != SAMPLE_RATE:
        raise OSError(f"eSpeak NG did not start: {rate}")
    espeak.espeak_SetSynthCallback(callback)
    return espeak


def _speak(espeak: Any, request: bytes) -> None:
    words_per_minute, size = REQUEST.unpack_from(request)
    voice, text = request[REQUEST.size :][:size], request[REQUEST.size + size :]
    if espeak.espeak_SetVoiceByName(voice):
        raise ValueError("eSpeak NG has no such voice")
    espeak.espeak_SetParameter(_RATE, words_per_minute, 0)
    end = ctypes.c_size_t(len(text) + 1)
    if espeak.espeak_Synth(text, end, 0, _BY_CHARACTER, 0, _UTF8, None, None):
        raise ValueError("eSpeak NG refused the text")


def speaker(send: Callable[[bytes], None], library: str, data: str) -> Callable[[bytes], None]:
    """Load eSpeak NG; return the function that speaks a request."""
    callback = _CALLBACK(partial(_send_sound, send))
    espeak = _load(library, data, callback)
    # eSpeak NG keeps a bare pointer to the callback: it must live as long as the library.
    espeak.callback = callback
    return partial(_speak, espeak)
