"""A worker process gets no secret of the site."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.waiting import until
from sse_pipeline.tts import SpeechConfig
from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.engines.espeak.espeak_engine import (
    espeak_worker_of_this_loop,
    make_espeak_engine,
)
from sse_pipeline.tts.engines.piper.piper_engine import make_piper_engine
from sse_pipeline.tts.engines.workers.shared_worker import SharedWorker
from sse_pipeline.tts.engines.workers.worker_environment import worker_environment


def espeak() -> SharedWorker:
    assert isinstance(make_espeak_engine(SpeechConfig()), Engine)
    return espeak_worker_of_this_loop()


def piper() -> SharedWorker:
    return make_piper_engine(SpeechConfig(engine="piper")).worker_of_this_loop()


def environment_of(pid: int) -> bytes:
    # For a moment after the start of its program a process has none.
    return until(Path(f"/proc/{pid}/environ").read_bytes)


@pytest.mark.parametrize("worker", [espeak, piper])
async def test_a_worker_has_no_secret_in_its_environment(
    worker: Callable[[], SharedWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("SSE_PIPELINE_STORE", "redis://:sk-secret@redis")
    shared = worker()
    shared.kill()  # one of another test may run
    process = shared.process()
    environment = environment_of(process.pid)
    await shared.aclose()
    assert b"sk-secret" not in environment
    assert b"PATH=" in environment


def test_what_a_worker_needs_is_passed_on() -> None:
    needed = {"PATH": "/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "PYTHONPATH": "/site"}
    assert worker_environment({**needed, "DATABASE_URL": "x", "path": "y"}) == needed
