"""`POST /answers/`: opens a stream, and produces its answer in the background."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from typing import ClassVar

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from sse_pipeline import SSEHandler, conf
from sse_pipeline.access import owners
from sse_pipeline.answers import Answer, Speech, components
from sse_pipeline.exceptions import StreamNotFound
from sse_pipeline.http.endpoint import Endpoint, Refusal
from sse_pipeline.http.replies import EVENT_STREAM
from sse_pipeline.tts import SpeechConfigError, TTSStreamer

from . import model
from .faults import FaultyStreamer, broken_off
from .questions import SPEECH_KEYS, Question, parse
from .recital import recite


class AnswersConsumer(Endpoint):
    """Answers a text by reciting it, or a question by asking a model; and speaks the answer."""

    _producing: ClassVar[set[asyncio.Task[None]]] = set()

    async def post(self, request: HttpRequest) -> None:
        if request.headers.get("Last-Event-ID"):
            raise Refusal(409, "resume a stream with GET at its own path", "Last-Event-ID")
        if request.content_type != "application/json":
            raise Refusal(415, "the body must be application/json", "Content-Type")
        question = parse(request.body)
        if question.question is not None and (names := model.missing()):
            raise Refusal(400, f"there is no model: set {', '.join(names)}", "question")
        handler = await self._find_or_open(request, question)
        await self._reply(request, handler)

    async def _find_or_open(self, request: HttpRequest, question: Question) -> SSEHandler:
        owner = await owners.aopener_of(request)
        key = _cache_key(owner, request.headers.get("Idempotency-Key"))
        if key and (known := await _known(key, question)):
            return known
        handler = SSEHandler(owner=owner, components=components(speech=question.speech))
        answer = Answer(handler, _speech(handler, question))
        await answer.open()
        if key and not await cache.aadd(key, _entry(handler, question), _lifetime()):
            await answer.cancel()  # another request with this key came first
            return await _known(key, question) or await self._find_or_open(request, question)
        task = asyncio.create_task(answer.run(_chunks(question)))
        self._producing.add(task)
        task.add_done_callback(self._producing.discard)
        return handler

    async def _reply(self, request: HttpRequest, handler: SSEHandler) -> None:
        paths = {
            name: reverse(f"stream-{name}", "sse_pipeline.routing", [handler.stream_id])
            for name in ("events", "status", "cancel")
        }
        if request.get_preferred_type(["application/json", EVENT_STREAM]) == EVENT_STREAM:
            reply = await handler.areply(request)
            await self.serve(reply, {"Content-Location": paths["events"]})
        else:
            document = {"stream": handler.stream_id, **paths}
            await self.reply_json(201, document, {"Location": paths["events"]})


def _speech(handler: SSEHandler, question: Question) -> Speech | None:
    if not question.speech:
        return None
    streamer = FaultyStreamer if question.fault == "speech" else TTSStreamer
    try:
        return Speech(handler, question.org_config, streamer)
    except SpeechConfigError as error:
        field, _, complaint = str(error).partition(": ")
        if field not in SPEECH_KEYS:
            raise
        raise Refusal(400, complaint, field) from None


def _chunks(question: Question) -> AsyncGenerator[str]:
    if question.text is not None:
        chunks = recite(question.text, question.tokens_per_second)
    else:
        chunks = model.ask(str(question.question))
    return broken_off(chunks) if question.fault == "text" else chunks


def _cache_key(owner: str | None, key: str | None) -> str | None:
    if not key:
        return None
    if len(key) > 255:
        raise Refusal(400, "must not be longer than 255 characters", "Idempotency-Key")
    return "answer:" + hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()


def _entry(handler: SSEHandler, question: Question) -> tuple[str, str]:
    return handler.stream_id, question.fingerprint


async def _known(key: str, question: Question) -> SSEHandler | None:
    entry = await cache.aget(key)
    if entry is None:
        return None
    stream_id, fingerprint = entry
    if fingerprint != question.fingerprint:
        raise Refusal(422, "was used for another question", "Idempotency-Key")
    try:
        return await SSEHandler.aattach(stream_id)
    except StreamNotFound:
        await cache.adelete(key)
        return None


def _lifetime() -> float:
    settings = conf.get()
    return (settings.DEADLINE or 86400.0) + settings.KEEP
