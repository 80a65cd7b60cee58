"""The demonstration, as `make run` starts it."""

import base64
import os
import subprocess
import sys
from array import array
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from httpx_sse import connect_sse
from pytest_django import Settings

from harness.redis_server import redis_server
from harness.servers import ROOT, NotServing, serve_site
from harness.speech.fake_speech_server import SECRET, serve_speech
from project.exposure import PUBLIC_KEY, refusal

pytestmark = pytest.mark.processes

NOWHERE = "redis://127.0.0.1:1/0"
TEXT = "Hello, Dr. Smith. That is **$3.50**, and it is a bargain."


def answer(url: str, **document: Any) -> list[tuple[str, Any]]:
    """Ask for an answer; return its events, to the end."""
    asked = {"text": TEXT, "tokens_per_second": 1000, **document}
    headers = {"Accept": "text/event-stream"}
    with (
        httpx.Client(timeout=60) as client,
        connect_sse(client, "POST", f"{url}/answers/", json=asked, headers=headers) as stream,
    ):
        return [(event.event, event.json()) for event in stream.iter_sse() if event.data]


def test_it_speaks_with_the_voice_that_it_was_given() -> None:
    with serve_site({"SPEECH_ENGINE": "piper"}) as site:
        events = answer(site.url)
    name, ledger = events[-1]
    assert name == "complete"
    assert ledger["components"]["tts_processing"]["status"] == "complete"
    chunks = [data for name, data in events if name == "audio"]
    samples = array("h", b"".join(base64.b64decode(chunk["audio"]) for chunk in chunks))
    assert max(samples) > 3000
    assert 2 < len(samples) / chunks[0]["sample_rate"] < 20
    words = [word for name, data in events if name == "words" for word in data["words"]]
    price = next(word for word in words if word["word"] == "dollars")
    assert TEXT[price["from"] : price["to"]].strip("*") == "$3.50"


def test_it_speaks_with_the_server_and_the_key_that_it_was_given() -> None:
    with serve_speech() as server:
        given = {
            "SPEECH_ENGINE": "openai", "SPEECH_BASE_URL": server.url, "SPEECH_API_KEY": SECRET,
        }  # fmt: skip
        with serve_site(given) as site:
            events = answer(site.url)
    assert events[-1][1]["components"]["tts_processing"]["status"] == "complete"
    assert {authorization for _, authorization, _ in server.requests} == {f"Bearer {SECRET}"}


def test_it_refuses_to_start_with_a_voice_that_is_none() -> None:
    with (
        pytest.raises(NotServing, match=r"SPEECH in the settings: engine: there is no 'flute'"),
        serve_site({"SPEECH_ENGINE": "flute"}),
    ):
        pass


def test_it_refuses_to_start_without_its_store() -> None:
    with pytest.raises(NotServing) as refusal, serve_site({"SSE_PIPELINE_STORE": NOWHERE}):
        pass
    said = str(refusal.value).splitlines()[-1]
    assert said.startswith(f"SSE_PIPELINE['STORE'] = '{NOWHERE}' can't be used: ")
    assert "refused" in said


def test_it_refuses_to_start_with_a_wrong_password() -> None:
    with (
        redis_server(password="r1ght") as redis,
        pytest.raises(NotServing) as refusal,
        serve_site({"SSE_PIPELINE_STORE": f"redis://:wr0ng@127.0.0.1:{redis.port}/0"}),
    ):
        pass
    said = str(refusal.value).splitlines()[-1]
    shown = f"redis://***@127.0.0.1:{redis.port}/0"
    assert said.startswith(
        f"SSE_PIPELINE['STORE'] = '{shown}' can't be used: invalid username-pass"
    )
    assert "wr0ng" not in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "example.com"])
def test_other_machines_are_served_only_with_a_secret_of_ones_own(host: str) -> None:
    for environment in ({}, {"DJANGO_SECRET_KEY": ""}, {"DJANGO_SECRET_KEY": PUBLIC_KEY}):
        assert "set DJANGO_SECRET_KEY" in str(refusal(host, environment))
    own = {"DJANGO_SECRET_KEY": "a secret"}
    assert "set DJANGO_DEBUG=0" in str(refusal(host, {**own, "DJANGO_DEBUG": "True"}))
    assert refusal(host, own) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "::1", "[::1]"])
def test_this_machine_is_served_without(host: str) -> None:
    assert refusal(host, {}) is None


@pytest.mark.parametrize("address", ["0.0.0.0:8000", "0:8000", "[::]:8000", "192.0.2.1:80"])
def test_runserver_refuses_other_machines_as_well(address: str, settings: Settings) -> None:
    settings.DEBUG, settings.SECRET_KEY = True, PUBLIC_KEY
    with pytest.raises(CommandError, match=r"^runserver .* is reached from other machines: set DJ"):
        call_command("runserver", address)
    settings.SECRET_KEY = "a secret of the test"
    with pytest.raises(CommandError, match="set DJANGO_DEBUG=0"):
        call_command("runserver", address)


def test_runserver_says_so_before_it_serves() -> None:
    environment = {each: os.environ[each] for each in os.environ if not each.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, "manage.py", "runserver", "0.0.0.0:0"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "runserver 0.0.0.0 is reached from other machines: set DJANGO_SECRET_KEY" in done.stderr


def test_it_refuses_other_machines_in_a_sentence() -> None:
    with pytest.raises(NotServing) as refused, serve_site(options=["--host", "0.0.0.0"]):
        pass
    assert str(refused.value).splitlines()[-1].startswith("--host 0.0.0.0 is reached from other")


def test_other_machines_get_no_debug_page() -> None:
    own = {"DJANGO_SECRET_KEY": "a secret of the test", "DJANGO_ALLOWED_HOSTS": "demo.example"}
    with serve_site(own, options=["--host", "0.0.0.0"]) as site:
        missing = httpx.get(f"{site.url}/no/such/page", headers={"Host": "demo.example"})
        style = httpx.get(f"{site.url}/static/project/base.css", headers={"Host": "demo.example"})
        foreign = httpx.get(site.url)
        assert "It answers to the names demo.example (DJANGO_ALLOWED_HOSTS)" in site.log
    assert (missing.status_code, "DEBUG" in missing.text) == (404, False)
    assert style.status_code == 200
    assert foreign.status_code == 400
