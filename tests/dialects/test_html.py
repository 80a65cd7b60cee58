"""The bytes of the dialects of HTML: what is escaped, what resumes, and what a client is told."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from datastar_py.consts import ElementPatchMode
from datastar_py.sse import ServerSentEventGenerator
from django.test import RequestFactory
from django.utils import translation
from pytest_django import Settings

from harness.dialects import reading
from harness.html_dialects import Patched, Unnamed
from harness.html_settings import TEMPLATES
from sse_pipeline import SSEHandler
from sse_pipeline.dialects import Breach, Dialect
from sse_pipeline.dialects.datastar import Datastar
from sse_pipeline.dialects.htmx import Htmx


@pytest.fixture
def templates(settings: Settings) -> None:
    settings.TEMPLATES = TEMPLATES


def produced(*chunks: str, **html: str) -> SSEHandler:
    handler = SSEHandler(components=["text"])
    for chunk in chunks:
        handler.send("text", chunk=chunk)
    if html:
        handler.send("html", **html)
    handler.mark_component_complete("text")
    return handler


def events(handler: SSEHandler, dialect: Dialect) -> list[dict[str, list[str]]]:
    """Return the lines of each event of a stream, by the names of their fields."""
    made = []
    for block in b"".join(reading(handler, dialect)).decode().split("\n\n")[:-1]:
        lines: dict[str, list[str]] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            lines.setdefault(name, []).append(value)
        made.append(lines)
    return made


def test_a_text_is_escaped_and_ends_no_line() -> None:
    text, end = events(produced("<b>&\u2028\r\nx\ry\u0085z</b>"), Htmx())
    assert text["data"] == ["<span>&lt;b&gt;&amp;&#8232;", "x", "y\u0085z&lt;/b&gt;</span>"]
    assert end == {"event": ["end"], "data": ["complete"], "id": ["2"]}


def test_html_that_a_producer_rendered_is_sent_as_it_is() -> None:
    html, _ = events(produced(html="<b>made</b>"), Htmx())
    assert html == {"data": ["<b>made</b>"], "id": ["1"]}


@pytest.mark.usefixtures("templates")
def test_a_template_gets_the_fields_and_escapes_them() -> None:
    begin, text, outcome, end = events(produced("<b>"), Unnamed())
    assert begin["data"] == ['<p id="text" hx-swap-oob="innerHTML"></p>']
    assert text["data"] == ['<p hx-swap-oob="beforeend:#text"><b>&lt;b&gt;</b></p>']
    assert "Answer pipeline completed" in outcome["data"][0]
    assert [each["id"] for each in (begin, text, outcome, end)] == [["1"], ["2"], ["3"], ["4"]]


@pytest.mark.usefixtures("templates")
def test_patches_are_those_of_the_python_package_of_datastar() -> None:
    begin, text, outcome, end = events(produced("a\nb"), Patched())
    patch, signals = ServerSentEventGenerator.patch_elements, ServerSentEventGenerator.patch_signals
    wanted = [
        patch('<p id="text"></p>'),
        patch("<b>a\nb</b>", selector="#text", mode=ElementPatchMode.APPEND),
        patch('<p id="outcome">\nAnswer pipeline completed successfully</p>'),
        signals({"stream": "complete"}),
    ]
    for number, (made, own) in enumerate(zip([begin, text, outcome, end], wanted, strict=True), 1):
        lines = [f"data: {line}" for line in made["data"]]
        assert made["id"] == [str(number)]
        assert "\n".join([f"event: {made['event'][0]}", *lines]) == own.removesuffix("\n\n")


class Translated(Htmx):
    """Shows a sentence of the page in the language that is active, and the time."""

    templates: ClassVar[Mapping[str, str]] = {"text": "translated"}


def test_the_language_is_that_of_the_site_and_not_of_the_reader(settings: Settings) -> None:
    template = "{% load i18n %}{% get_current_language as code %}{{ code }} {{ chunk }}"
    loader = ("django.template.loaders.locmem.Loader", {"translated": template})
    backend = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": backend, "OPTIONS": {"loaders": [loader]}}]
    settings.LANGUAGE_CODE = "en-gb"
    with translation.override("de"):
        text, _ = events(produced("x"), Translated())
    assert text["data"] == ["en-gb x"]


def test_a_client_that_lacks_frames_is_not_made_to_come_back() -> None:
    assert Htmx().breach(Breach.GAP) == b"event: end\ndata: gap\n\n"
    assert Htmx().breach(Breach.INTERRUPTED) == b""  # it comes back, and goes on
    assert b'signals {"stream":"interrupted"}' in Datastar().breach(Breach.INTERRUPTED)


def test_a_client_resumes_by_its_last_id(rf: RequestFactory) -> None:
    handler = produced("a", "b", "c")
    request = rf.get("/", headers={"Last-Event-ID": "2"})
    response: Any = handler.response(request, dialect="htmx")
    body = b"".join(response)
    assert body.startswith(b"retry: ")
    assert re.findall(rb"id: (\d+)", body) == [b"3", b"4"]
