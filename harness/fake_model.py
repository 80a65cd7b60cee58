"""A chat model behind an OpenAI-compatible interface, that does what the question tells it."""

import asyncio
import json
from typing import Any

ANSWER = ("Hello", ", ", "\N{GRINNING FACE}", " world.")

#: The `finish_reason` of questions that end otherwise than by `stop`.
ENDS = {"too long": "length", "filtered": "content_filter"}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve `POST /v1/chat/completions`."""
    if scope["type"] != "http":
        return
    document = json.loads(await _body(receive))
    question = document["messages"][-1]["content"].rpartition("Question: ")[2]
    if (scope["path"], document["stream"]) != ("/v1/chat/completions", True):
        await _refuse(send, 404)
    elif question.isdecimal():
        await _refuse(send, int(question))
    else:
        await _answer(send, question, document)


async def _answer(send: Any, question: str, document: dict[str, Any]) -> None:
    if question == "stall at once":
        await asyncio.Event().wait()
    await _start(send, 200, b"text/event-stream")
    for chunk in () if question in ("nothing", "report") else ANSWER:
        await _say(send, {"content": chunk})
        if question == "stall":
            await asyncio.Event().wait()
        if question == "cut":
            raise ConnectionAbortedError
        if question == "error":
            await _event(send, {"error": {"message": "a secret"}})
        if question == "garbage":
            await _send(send, b"data: {\n\n")
    if question == "report":  # what was asked for, as the answer
        await _say(send, {"content": json.dumps(document)})
    if question != "stop short":
        await _say(send, {}, ENDS.get(question, "stop"))
        await _send(send, b"data: [DONE]\n\n")
    await send({"type": "http.response.body"})


async def _say(send: Any, delta: dict[str, str], finish_reason: str | None = None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    await _event(send, {"object": "chat.completion.chunk", "choices": [choice]})


async def _event(send: Any, document: dict[str, Any]) -> None:
    await _send(send, b"data: %b\n\n" % json.dumps(document).encode())


async def _send(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _refuse(send: Any, status: int) -> None:
    await _start(send, status, b"application/json")
    await send({"type": "http.response.body", "body": b'{"error": {"message": "a secret"}}'})


async def _start(send: Any, status: int, kind: bytes) -> None:
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
