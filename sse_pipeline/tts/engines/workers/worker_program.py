"""The program of a worker process.

Run as `python worker_program.py SPEAKER ARGUMENT...`. SPEAKER is the path of a file with a function
`speaker(send, *arguments)`. It returns a function that speaks one request by sending sounds.

Requests come on standard input: a `REQUEST` and its body. The answers go to standard output as
frames: a `FRAME` and its body. A request is answered by any number of `SOUND`s, then by `DONE`, or
by `FAILED` with the message of a `ValueError`. The program ends when its input ends.

It imports nothing of the package, so that it starts at once and runs without Django.
"""

import os
import struct
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from types import ModuleType

#: The length of the body.
REQUEST = struct.Struct("<I")
#: The kind of the frame, and the length of the body.
FRAME = struct.Struct("<BI")
SOUND, DONE, FAILED = 1, 2, 3


def _send(output: int, kind: int, body: bytes = b"") -> None:
    data = memoryview(FRAME.pack(kind, len(body)) + body)
    try:
        while data:
            data = data[os.write(output, data) :]
    except OSError:  # the parent is gone
        os._exit(1)


def main(program: str, *arguments: str) -> None:
    """Answer requests until the input ends."""
    # From here on, what a library prints goes to standard error: it must not get between frames.
    output = os.dup(1)
    os.dup2(2, 1)
    send = partial(_send, output)
    speaker = ModuleType("speaker")
    SourceFileLoader("speaker", program).exec_module(speaker)
    speak = speaker.speaker(partial(send, SOUND), *arguments)
    requests = sys.stdin.buffer
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        body = requests.read(*REQUEST.unpack(head))
        try:
            speak(body)
        except ValueError as error:
            send(FAILED, str(error).encode())
        else:
            send(DONE)


if __name__ == "__main__":
    main(*sys.argv[1:])
