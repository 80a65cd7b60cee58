"""The real worker of eSpeak NG: its program, and its life beside that of the process."""

import signal
import subprocess
import sys
from pathlib import Path

import espeakng_loader
import pytest

from harness.speech.speech_recorder import PATIENCE
from sse_pipeline.tts import EngineFailed
from sse_pipeline.tts.engines.espeak import espeak_worker
from sse_pipeline.tts.engines.espeak.espeak_engine import espeak_worker_of_this_loop
from sse_pipeline.tts.engines.workers import worker_program

pytestmark = pytest.mark.processes

LONG = "A long sentence that goes on and on, and on again; " * 39


def request(voice: str, text: str) -> bytes:
    return espeak_worker.REQUEST.pack(175, len(voice)) + voice.encode() + text.encode()


async def test_a_refusal_of_the_worker_is_told():
    process = espeak_worker_of_this_loop().process()
    with pytest.raises(EngineFailed, match="no such voice"):
        _ = [sound async for sound in process.speak(request("nobody", "Hello"))]
    assert process.is_running


def program(*arguments: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-I",
        "-S",
        worker_program.__file__,
        espeak_worker.__file__,
        *arguments,
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)


PATHS = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()


def test_the_worker_ends_with_its_input():
    with program(*PATHS) as process:
        out, errors = process.communicate(timeout=PATIENCE)
    assert (out, errors, process.returncode) == (b"", b"", 0)


def test_the_worker_ends_when_no_one_listens():
    with program(*PATHS) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        body = request("en", LONG)
        process.stdin.write(worker_program.REQUEST.pack(len(body)) + body)
        process.stdin.flush()
        assert process.wait(PATIENCE) == 1


def test_the_worker_says_why_it_does_not_start():
    with program(PATHS[0], "/nowhere") as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"did not start" in errors


PROGRAM = """
import logging, os, signal, sys
from threading import Event
from sse_pipeline.tts import TTSStreamer
from sse_pipeline.tts.engines.espeak.espeak_engine import espeak_workers_of_this_process

logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of a machine that is busy

def speak(text):
    streamer = TTSStreamer(None)
    streamer.feed(text)
    streamer.end_input()
    assert streamer.wait(30).status == "completed"
    (worker,) = espeak_workers_of_this_process()
    return worker.current_process.pid

first = speak("Hello.")
assert "django" not in sys.modules
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end and that of all that shares its standard error: its worker too."""
    warnings = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    command = [sys.executable, "-X", "dev", *warnings, "-c", PROGRAM + program]
    root = Path(__file__).parents[2]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=root, timeout=60, check=False
    )


def test_no_worker_outlives_a_process_that_is_killed():
    assert run("os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL


def test_a_process_ends_cleanly_in_the_middle_of_speech():
    done = run("streamer = TTSStreamer(None); streamer.feed('A word. ' * 200)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_forked_child_has_a_worker_of_its_own():
    done = run("""
child = os.fork()
if not child:
    assert speak("Child.") != first
    print("child", flush=True)
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert speak("Parent.") == first
print("parent")
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "child\nparent\n", "")


def test_a_forked_child_does_not_keep_the_worker_alive():
    done = run("""
import select
worker = os.pidfd_open(first)
if not os.fork():
    ended, _, _ = select.select([worker], [], [], 30)
    print("ended" if ended else "alive", flush=True)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
""")
    assert done.stdout == "ended\n"
