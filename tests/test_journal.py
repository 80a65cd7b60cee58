"""The journal: what it writes, what it survives, and what it says that it has lost."""

from sse_pipeline import SSEHandler, journal
from sse_pipeline.models import Component, Process, Stream, Transition


def kept(handler: SSEHandler) -> Stream:
    """Return a stream's row, once all is written."""
    assert journal.flush(10)
    return Stream.objects.get(pk=handler.stream_id)


def test_a_stream_is_written_down(journaled: str) -> None:
    handler = SSEHandler(owner="user:7", components=["text"])
    handler.register_component("speech", required=False)
    handler.send("text", component="text", chunk="hello")
    handler.mark_component_complete("text")
    row = kept(handler)
    assert (row.state, row.reason, row.owner, row.ended_at) == ("streaming", None, "user:7", None)
    assert (row.components_done, row.components_total, row.frames) == (1, 2, 1)
    handler.fail_component("speech", "broke")
    row = kept(handler)
    assert (row.state, row.reason) == ("complete", None)
    assert row.ended_at is not None
    assert row.ended_at >= row.opened_at
    text, speech = Component.objects.filter(stream=row)
    assert (text.name, text.status, text.frames, text.required) == ("text", "complete", 1, True)
    assert (speech.name, speech.status, speech.reason) == ("speech", "failed", "failed")
    steps = Transition.objects.filter(stream=row).values_list(
        "trigger", "component", "source", "dest"
    )
    assert list(steps) == [
        ("fail", "speech", "streaming", "draining"),
        ("finish", "", "draining", "complete"),
    ]
    assert row.process == Process.objects.get()
