"""The tutorial, done as it is written: its files, its commands, its page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from harness.redis_server import RedisServer
from harness.servers import ROOT, serve

pytestmark = pytest.mark.processes

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
#: A fenced block whose first line is a comment that names a file.
BLOCK = re.compile(
    r"```(?:python|html)\n(?:#|<!--) (?P<file>[\w/.]+)(?P<adds> \(add\))?(?: -->)?\n"
    r"(?P<text>.*?)```",
    re.DOTALL,
)
ANSWER = "The stream stays open. It ends when everything has finished. Nothing is lost on the way."


class Site(NamedTuple):
    """A site that was made in a folder."""

    folder: Path

    def run(self, *words: str, **environment: str) -> str:
        """Run a command of the tutorial with this Python."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join([str(self.folder), str(ROOT)])
        return {"DJANGO_SETTINGS_MODULE": "mysite.settings", "PYTHONPATH": paths}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Make the site: all blocks are written, in their order."""
    site = Site(tmp_path_factory.mktemp("tutorial"))
    for line in commands("django-admin"):
        site.run("-m", "django", *line.split()[1:])
    for found in BLOCK.finditer(TUTORIAL):
        file = site.folder / found["file"]
        file.parent.mkdir(exist_ok=True)
        before = file.read_text() if found["adds"] else ""
        file.write_text(before + found["text"])
    site.run("manage.py", "migrate", "--verbosity=0")
    return site


def commands(program: str) -> list[str]:
    """Return the lines of the tutorial that call a program."""
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith(program)]


def test_its_commands_find_nothing_wrong(site: Site) -> None:
    waits = {"python manage.py runserver", "python manage.py createsuperuser"}
    lines = [line for line in commands("python manage.py") if line not in waits]
    assert [line.split()[2] for line in lines] == ["migrate", "check", "sse_streams", "check"]
    for line in lines:
        site.run(*line.split()[1:])


def test_its_site_streams_and_speaks(site: Site) -> None:
    with serve("daphne", "mysite.asgi:application", site.environment) as server:
        with httpx.Client(base_url=server.url, timeout=60) as visitor:
            assert "csrfmiddlewaretoken" in visitor.get("/").text
            text = ended(visitor, "/ask/")
            spoken = ended(visitor, "/speak/")
        stranger = httpx.get(f"{server.url}/streams/{spoken.stream}/events/")
    assert text.text == spoken.text == ANSWER
    assert text.names[-1] == spoken.names[-1] == "complete"
    assert {"audio", "words", "segment"} <= set(spoken.names)
    assert stranger.status_code == 404


class Read(NamedTuple):
    """A stream that was read to its end."""

    stream: str
    names: list[str]
    text: str


def ended(visitor: httpx.Client, path: str) -> Read:
    """Ask as the page does, and read the stream to its end."""
    posted = visitor.post(path, headers={"X-CSRFToken": visitor.cookies["csrftoken"]})
    stream = posted.json()["stream"]
    body = visitor.get(f"/streams/{stream}/events/").text
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
    text = "".join(each["chunk"] for each in events if each["type"] == "text").strip()
    return Read(stream, [each["type"] for each in events], text)


def test_its_test_passes(site: Site) -> None:
    (site.folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    assert "1 passed" in site.run("-m", "pytest", "-q", "-p", "no:cacheprovider")


WORK = """
import subprocess, sys
import django; django.setup()
from mysite.tasks import ask_worker
from sse_pipeline import SSEHandler

work = [sys.executable, "worker.py"]
stream = ask_worker("user:7", lambda id: subprocess.run([*work, id], check=True))
print(SSEHandler.attach(stream).snapshot().state)
"""


WORKER = """
import sys
import django; django.setup()
from mysite.tasks import write_in_worker
write_in_worker(sys.argv[1])
"""


def test_a_worker_writes_the_answer(site: Site, redis: RedisServer) -> None:
    (site.folder / "worker.py").write_text(WORKER)
    assert site.run("-c", WORK, STREAM_STORE=redis.url).strip() == "complete"
