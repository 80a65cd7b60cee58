"""`sse_tail` and `sse_cancel` in a store that processes share, and their arguments."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management.base import CommandError
from pytest_django import Settings

from harness.commands import NOBODY, said
from harness.servers import ROOT
from sse_pipeline import SSEHandler
from sse_pipeline.access import staff
from sse_pipeline.commandline.arguments import find_member
from sse_pipeline.models import Intervention

pytestmark = pytest.mark.processes

SHARED = {"SSE_PIPELINE_STORE": "harness.stores.SharedMemoryStore"}

PIPED = """
import django
django.setup()
from django.core.management import call_command
from sse_pipeline import SSEHandler
handler = SSEHandler(components=["text"])
handler.mark_component_complete("text")
call_command("sse_tail", handler.stream_id, "--raw")
"""


@pytest.mark.parametrize("reason", [[], ["--reason", " "], ["--reason", "x" * 256]])
def test_a_cancel_needs_a_reason_that_can_be_kept(reason: list[str]) -> None:
    with pytest.raises(CommandError, match="--reason"):
        said("sse_cancel", NOBODY, *reason)


@pytest.mark.parametrize("command", ["sse_tail", "sse_cancel"])
def test_the_memory_of_another_process_can_not_be_reached(command: str) -> None:
    why = ["--reason", "test"] if command == "sse_cancel" else []
    with pytest.raises(CommandError, match="--url"):
        said(command, NOBODY, *why)


@pytest.mark.parametrize("command", ["sse_tail", "sse_cancel"])
def test_an_id_has_to_be_one(command: str) -> None:
    with pytest.raises(CommandError, match="'nonsense' is not the id of a stream"):
        said(command, "nonsense")


@pytest.mark.django_db
def test_who_may(settings: Settings) -> None:
    user = User.objects.create_user("eve")
    cases = [(None, "--user is missing"), ("nobody", "no user nobody"), ("eve", "not active staff")]
    for name, complaint in cases:
        with pytest.raises(CommandError, match=complaint):
            find_member(name, staff.CANCEL)
    user.is_staff = True
    user.save()
    with pytest.raises(CommandError, match=r"cancel_stream"):
        find_member("eve", staff.CANCEL)
    user.user_permissions.add(Permission.objects.get(codename="cancel_stream"))
    assert find_member("eve", staff.CANCEL) == user
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active staff"):
        find_member("eve", staff.CANCEL)


@pytest.fixture
def shared(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}


@pytest.mark.django_db
def test_a_shared_store_is_reached_without_a_site(shared: None) -> None:
    User.objects.create_superuser("ann")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one \x1b[31mred\nline")
    words = ("sse_cancel", handler.stream_id, "--user", "ann", "--reason", "test")
    assert "was cancelled" in said(*words)
    row = Intervention.objects.get()
    assert (row.username, row.via, row.reason, row.taken) == ("ann", "shell", "test", True)
    handler.fail_component("text", "stopped")
    assert "had ended already" in said(*words)
    raw = said("sse_tail", handler.stream_id, "--raw")
    assert raw.encode() == b"".join(handler)
    pretty = said("sse_tail", handler.stream_id)
    assert "\x1b[31m" not in pretty
    assert r"one \x1b[31mred\nline" in pretty
    with pytest.raises(CommandError, match="never existed"):
        said("sse_tail", NOBODY)


@pytest.mark.django_db
def test_a_stream_of_a_shared_store_is_stopped(shared: None) -> None:
    User.objects.create_superuser("ann")
    handler = SSEHandler(components=["text"])
    handler.open()
    words = ("sse_stop", handler.stream_id, "--user", "ann", "--reason", "enough")
    assert "was stopped" in said(*words)
    assert "was told to stop before" in said(*words)
    handler.mark_component_complete("text")
    assert handler.snapshot().state == "complete"
    assert {row.action for row in Intervention.objects.all()} == {"stop"}


def test_a_reader_that_has_had_enough_is_no_error(site_environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        done = subprocess.run(
            [sys.executable, "-c", PIPED], cwd=ROOT,
            env={**os.environ, **site_environment, **SHARED},
            stdout=broken, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0
    assert "Error" not in done.stderr
