"""The recipes of `deploy/`: what `make recipes` measures at length, in short."""

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from harness.recipes.packages import PACKAGES
from harness.recipes.recipe_proxies import recipe
from harness.recipes.recipe_servers import SERVE, SERVERS, recipe_server
from harness.servers import ROOT

DEPLOY = ROOT / "deploy"
DOCUMENT = (ROOT / "docs" / "deployment.md").read_text()


def command(server: str, **environment: str) -> str:
    """Return what the script would run."""
    done = subprocess.run(
        [SERVE, server, "site.asgi:application"],
        env={**os.environ, "PYTHON": "echo", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("server", SERVERS)
def test_each_server_gets_its_place_and_its_grace(server: str) -> None:
    said = command(server, PORT="8123", WORKERS="3", GRACE="7")
    assert "8123" in said
    assert said.strip().endswith("site.asgi:application")
    if server != "daphne":  # it is one process, and ends replies at once
        assert " 3 " in said
        assert " 7 " in said


def test_another_server_is_refused() -> None:
    assert "there is no flute" in command("flute")


@pytest.mark.processes
def test_a_site_streams_as_the_script_serves_it(
    site_environment: dict[str, str],
) -> None:
    """The one whose defaults differ most."""
    database = Path(site_environment["DJANGO_DATABASE"])
    with (
        recipe_server("granian", "memory", database) as server,
        httpx.Client(trust_env=False, timeout=30) as client,
    ):
        asked = {"text": "Hello.", "speech": False, "tokens_per_second": 1000}
        headers = {"Accept": "text/event-stream"}
        reply = client.post(f"{server.url}/answers/", json=asked, headers=headers)
    events = re.findall(r"^event: (\w+)$", reply.text, re.MULTILINE)
    assert (events[0], events[-1]) == ("stream", "complete")


@pytest.mark.parametrize("name", PACKAGES)
def test_each_proxy_can_be_given_another_site_and_port(name: str) -> None:
    text = recipe(name, 8123, 8124)
    assert "8123" in text
    assert "8000" not in re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def test_what_ends_a_server_waits_for_longer_than_its_grace() -> None:
    grace = int(re.findall(r"GRACE:-(\d+)", SERVE.read_text())[0])
    unit = (DEPLOY / "mysite.service").read_text()
    compose = (DEPLOY / "compose.yaml").read_text()
    pods = (DEPLOY / "kubernetes.yaml").read_text()
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > grace
    assert int(re.findall(r"stop_grace_period: (\d+)s", compose)[0]) > grace
    sleep = re.findall(r'"sleep", "(\d+)"', pods)[0]
    of_pods = re.findall(r'GRACE, value: "(\d+)"', pods)[0]
    assert int(re.findall(r"GracePeriodSeconds: (\d+)", pods)[0]) > int(sleep) + int(of_pods)


def test_the_document_has_each_recipe_and_what_was_measured() -> None:
    for file in DEPLOY.rglob("*"):
        assert file.is_dir() or f"{file.name}`" in DOCUMENT, file
    for name in (*SERVERS, *PACKAGES):
        assert re.search(rf"^\| {name} \|.*0 lost, 0 twice", DOCUMENT, re.MULTILINE), name
