"""Others' text on the page of a stream: it is rendered, and nothing in it acts."""

import contextlib
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.admin import LIST, page_of, staff
from harness.unicode import ANY_TEXT, ENCODABLE_TEXT, acts
from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.frames import encode
from sse_pipeline.inspection.content import decode_frame
from sse_pipeline.inspection.watch import render

ACTING = "\x1b[2J\x9b1m\u2028\u2029\x85\u202e\u200b\x00\x7f"


def deep(depth: int) -> Any:
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "fields",
    [
        {"number": 2**70},
        {"audio": "é"},
        {"audio": "\u2028"},
        {"deep": deep(600)},
        {ACTING: ACTING},
        {"name" * 1000: 1},
    ],
    ids=["number", "audio", "end of line", "deep", "controls", "long"],
)
def test_every_frame_that_can_be_sent_can_be_shown(fields: dict[str, Any]) -> None:
    shown = decode_frame(encode("text", fields))
    assert all(len(name) < 250 and len(value) < 250 for name, value in shown.fields)


def test_data_that_is_no_object_is_shown_as_it_is() -> None:
    for data in ("[1]", "no json", "{", "7" * 5000, "[" * 10_000):
        ((name, value),) = decode_frame(f"event: text\ndata: {data}\n\n".encode()).fields
        assert (name, value[:200]) == ("data", data[:200])


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=ANY_TEXT,
    fields=st.dictionaries(
        ANY_TEXT, ANY_TEXT | st.integers() | st.lists(ANY_TEXT, max_size=2), max_size=3
    ),
    owner=ENCODABLE_TEXT,
)
def test_the_page_is_rendered_and_nothing_on_it_acts(
    text: str, fields: dict[str, Any], owner: str
) -> None:
    handler = SSEHandler(owner=owner if owner.strip() else None, components=["text", "speech"])
    for do in (
        lambda: handler.send("text", component="text", **fields),
        lambda: handler.send(text, component="text"),
        lambda: handler.note("text", text),
        lambda: handler.send_error(text, code=text, fatal=False),
        lambda: handler.mark_component_complete("text", summary={"said": text, **fields}),
        lambda: handler.fail_component("speech", text),
    ):
        with contextlib.suppress(SSEPipelineError, TypeError):  # what can't be sent is refused
            do()
    html = render(handler.stream_id, content=True)
    assert not any(map(acts, html.replace("\n", "")))
    assert encode("inspection", {"html": html})


@pytest.mark.django_db
def test_the_page_of_a_stream_survives_hostile_text(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "view_frames")
    handler = SSEHandler(owner=f"user:{ACTING}", components=["text"])
    handler.send("\u202etxet", number=2**70, audio="é", **{ACTING: ACTING})
    handler.note("text", ACTING)
    for page in (page_of(handler), LIST):
        body = client.get(page).content.decode()
        assert not any(map(acts, body.replace("\n", "")))
        assert r"user:\x1b[2J" in body
