"""The events of AG-UI 1.0, which its own clients read, and CopilotKit and TanStack AI by them.

Each event has an id, its number. A client of server-sent events resumes by `Last-Event-ID`; AG-UI's
own clients know no cursor, and get the run from its first event.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest

from .. import frames, validation
from ..frames import OWN_EVENTS, FrameValue
from .base import Breach, Dialect
from .texts import ANSWER, BREACHES, TextEvent, progress_of


class AgentEvents(Dialect):
    """A run with its steps, messages, reasoning, tool calls and state. All else is `CUSTOM`."""

    text: ClassVar[TextEvent] = ANSWER
    reasoning: ClassVar[TextEvent] = TextEvent("reasoning", "chunk")
    #: A call of a tool: `id`, `name` and `arguments`; its result: `id` and `result`.
    tool_call: ClassVar[str] = "tool_call"
    tool_result: ClassVar[str] = "tool_result"
    #: The whole state, in the field `snapshot`; a JSON Patch of it, in the field `delta`.
    state: ClassVar[str] = "state"
    state_delta: ClassVar[str] = "state_delta"

    def held(self, request: HttpRequest) -> int:
        return validation.whole_number(request.headers.get("Last-Event-ID", "")) or 0

    def encoder(self, stream_id: str) -> "AgentEncoder":
        return AgentEncoder(stream_id, self)

    def breach(self, reason: Breach) -> bytes:
        failed = {"type": "RUN_ERROR", "message": BREACHES[reason], "code": str(reason)}
        return frames.foreign(failed)


class AgentEncoder:
    """Makes the events of one run. At most one message is open: another one closes it."""

    def __init__(self, stream_id: str, dialect: AgentEvents) -> None:
        self._stream_id = stream_id
        self._dialect = dialect
        self._number = 0
        self._messages = 0
        self._open = ""
        #: The components that are pending, in their order.
        self._steps: list[str] = []
        self._run = {"threadId": stream_id, "runId": stream_id}

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        for kind, fields in self._events(frame):
            self._number += 1
            yield frames.numbered(self._number, frames.foreign({"type": kind, **fields}))

    def _events(self, frame: FrameValue) -> Iterator[tuple[str, Mapping[str, Any]]]:
        fields = frame.fields
        if frame.event == "stream":
            yield "RUN_STARTED", self._run
        elif frame.event == "component":
            yield from self._step(fields["component"], fields["status"])
            if progress := progress_of(frame):
                yield "CUSTOM", {"name": "progress", "value": progress}
        elif frame.event == "complete":
            yield from self._close(steps=True)
            yield "RUN_FINISHED", self._run
        elif frame.event == "errored":
            yield from self._fail(fields)
        elif frame.event not in OWN_EVENTS:
            yield from self._produce(frame)

    def _produce(self, frame: FrameValue) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Return the events for an event of a producer."""
        dialect, fields = self._dialect, frame.fields
        if frame.event == dialect.text.event:
            yield from self._write("TEXT_MESSAGE", dialect.text.read(frame))
        elif frame.event == dialect.reasoning.event:
            yield from self._write("REASONING_MESSAGE", dialect.reasoning.read(frame))
        elif frame.event == dialect.tool_call and _has_texts(fields, "id", "name"):
            yield from self._call(fields["id"], fields["name"], fields.get("arguments", {}))
        elif frame.event == dialect.tool_result and _has_texts(fields, "id"):
            result = {"toolCallId": fields["id"], "content": _text_of(fields.get("result"))}
            yield "TOOL_CALL_RESULT", {"messageId": self._next_message(), **result}
        elif frame.event == dialect.state and "snapshot" in fields:
            yield "STATE_SNAPSHOT", {"snapshot": fields["snapshot"]}
        elif frame.event == dialect.state_delta and isinstance(fields.get("delta"), list):
            yield "STATE_DELTA", {"delta": fields["delta"]}
        else:
            yield "CUSTOM", {"name": frame.event, "value": fields}

    def _step(self, name: str, status: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if status == "pending" and name not in self._steps:
            self._steps.append(name)
            yield "STEP_STARTED", {"stepName": name}
        elif status != "pending" and name in self._steps:
            self._steps.remove(name)
            yield "STEP_FINISHED", {"stepName": name}

    def _write(self, kind: str, piece: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if not piece:
            return
        if self._open != kind:
            yield from self._close()
            self._open = kind
            message = {"messageId": self._next_message()}
            if kind == "REASONING_MESSAGE":
                yield "REASONING_START", message
            role = "reasoning" if kind == "REASONING_MESSAGE" else "assistant"
            yield f"{kind}_START", {**message, "role": role}
        yield f"{kind}_CONTENT", {"messageId": self._message_id, "delta": piece}

    def _call(
        self, tool_call_id: str, name: str, arguments: object
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        yield from self._close()
        call = {"toolCallId": tool_call_id}
        yield "TOOL_CALL_START", {**call, "toolCallName": name}
        yield "TOOL_CALL_ARGS", {**call, "delta": _text_of(arguments)}
        yield "TOOL_CALL_END", call

    def _close(self, *, steps: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if self._open:
            message = {"messageId": self._message_id}
            yield f"{self._open}_END", message
            if self._open == "REASONING_MESSAGE":
                yield "REASONING_END", message
            self._open = ""
        while steps and self._steps:
            yield "STEP_FINISHED", {"stepName": self._steps.pop()}

    def _fail(self, fields: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        yield from self._close(steps=True)
        if fields["reason"] == "cancelled":
            yield "RUN_FINISHED", {**self._run, "outcome": {"type": "cancelled"}}
        else:
            yield "RUN_ERROR", {"message": fields["message"], "code": fields["reason"]}

    def _next_message(self) -> str:
        self._messages += 1
        return self._message_id

    @property
    def _message_id(self) -> str:
        return f"{self._stream_id}-{self._messages}"


def _has_texts(fields: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(fields.get(name), str) for name in names)


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
