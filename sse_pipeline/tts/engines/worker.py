"""The program of a worker process: what speaks in it can crash, block and be killed by itself.

Run as `python worker.py SPEAKER ARGUMENT...`; SPEAKER is the path of a file with a function
`speaker(send, *arguments)`, which returns a function that speaks one request by sending sounds.
Requests come on standard input: a `REQUEST` and its body. Each is answered on standard output by
frames, a `FRAME` and its body: `SOUND`s, then `DONE`, or `FAILED` with what a `ValueError` says.
It ends with its input. It imports nothing of the package, so that it starts at once.
"""

import os
import struct
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from types import ModuleType

#: The length of the body.
REQUEST = struct.Struct("<I")
#: What it is, and the length of the body.
FRAME = struct.Struct("<BI")
SOUND, DONE, FAILED = 1, 2, 3


def _send(output: int, kind: int, body: bytes = b"") -> None:
    data = memoryview(FRAME.pack(kind, len(body)) + body)
    try:
        while data:
            data = data[os.write(output, data) :]
    except OSError:  # No one listens.
        os._exit(1)


def main(program: str, *arguments: str) -> None:
    """Answer requests until the input ends."""
    output = os.dup(1)
    os.dup2(2, 1)  # What a library may print must not get between the frames.
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
