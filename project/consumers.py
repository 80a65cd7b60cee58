"""`POST /answers/`: opens a stream, and produces its answer in the background."""

import asyncio
from collections.abc import AsyncGenerator
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse

from sse_pipeline import SSEHandler
from sse_pipeline.access import owners
from sse_pipeline.answers import Answer, Speech, components
from sse_pipeline.frames import EVENT_STREAM
from sse_pipeline.http.endpoint import Endpoint, Refusal
from sse_pipeline.tts import SpeechConfigError, TTSStreamer

from . import model, unread
from .faults import FaultyStreamer, broken_off
from .kept_answers import keeping
from .model_answers import answer_question
from .questions import SPEECH_KEYS, Question, parse
from .recital import recite
from .visitors import holder_of


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
        declared = [
            *components(speech=question.speech),
            *keeping(request, owner, question),
        ]
        handler = SSEHandler(owner=owner, components=declared)
        speech = _speech(handler, question)
        is_new = False
        try:
            is_new = await handler.aopen_once(request, holder=holder_of(request, owner))
        finally:
            if speech and not is_new:
                speech.withdraw()
        if is_new:
            answer = Answer(handler, speech)
            await answer.open()
            task = asyncio.create_task(unread.run(handler, answer.run(_chunks(handler, question))))
            self._producing.add(task)
            task.add_done_callback(self._producing.discard)
        return handler

    async def _reply(self, request: HttpRequest, handler: SSEHandler) -> None:
        paths = {
            name: reverse(f"stream-{name}", "sse_pipeline.routing", [handler.stream_id])
            for name in ("events", "status", "stop", "cancel")
        }
        if _prefers_stream(request):
            reply = await handler.areply(request)
            # Some clients come back to `Location`, and others to `Content-Location`.
            await self.serve(
                reply, {"Location": paths["events"], "Content-Location": paths["events"]}
            )
        else:
            document = {"stream": handler.stream_id, **paths}
            await self.reply_json(201, document, {"Location": paths["events"]})


def _prefers_stream(request: HttpRequest) -> bool:
    if request.get_preferred_type(["application/json", EVENT_STREAM]) != EVENT_STREAM:
        return False
    accepted = request.accepted_type(EVENT_STREAM)
    return accepted is not None and accepted.quality > 0  # Django 5.2.0 takes q=0 for a yes


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


def _chunks(handler: SSEHandler, question: Question) -> AsyncGenerator[str]:
    if question.text is not None:
        chunks = recite(question.text, question.tokens_per_second)
    else:
        chunks = answer_question(handler, question)
    return broken_off(chunks) if question.fault == "text" else chunks
