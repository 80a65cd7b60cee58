"""The dialect that the documents write works as they say."""

import re
from typing import Any

from django.test import RequestFactory

from harness.servers import ROOT
from sse_pipeline import SSEHandler
from sse_pipeline.dialects.chat_completions import ChatCompletions
from sse_pipeline.dialects.texts import TextEvent

DIALECTS = (ROOT / "docs" / "dialects.md").read_text()


def written(first_line: str, **names: Any) -> dict[str, Any]:
    """Run the example that begins with a line."""
    [code] = re.findall(rf"```python\n({re.escape(first_line)}\n.*?)```", DIALECTS, re.DOTALL)
    exec(code, names)
    return names


def test_the_dialect_of_the_documents(rf: RequestFactory) -> None:
    lines = written("import json\n")["Lines"]()
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="Hello")
    handler.send("text", chunk=" there")
    handler.mark_component_complete("text")
    response: Any = handler.response(rf.get("/"), dialect=lines)
    assert response["Content-Type"] == "application/x-ndjson"
    whole = b'{"text": "Hello"}\n{"text": " there"}\n{"characters": 11}\n'
    assert b"".join(response) == whole


def test_a_subclass_names_its_own_model_and_event(rf: RequestFactory) -> None:
    names = {"ChatCompletions": ChatCompletions, "TextEvent": TextEvent}
    completions = written("class Completions(ChatCompletions):", **names)["Completions"]()
    handler = SSEHandler(components=["text"])
    handler.send("answer", part="Hello")
    handler.mark_component_complete("text")
    body = b"".join(handler.response(rf.get("/"), dialect=completions))
    assert b'"model":"our-model"' in body
    assert b'{"content":"Hello"}' in body
