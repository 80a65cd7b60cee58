"""The task of the worker: the text of an answer, of which the first attempt fails."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.traced.traced_settings")

import django

django.setup()

from celery import Celery, shared_task
from opentelemetry import trace

from sse_pipeline import SSEHandler

app = Celery("harness", broker=os.environ.get("CELERY_BROKER", "memory://"))
tracer = trace.get_tracer("task")


@shared_task(autoretry_for=(ConnectionError,), default_retry_delay=0)
def write_text(stream_id, chunks):
    handler = SSEHandler.attach(stream_id)
    with (
        tracer.start_as_current_span("task write_text"),
        handler.component("text", retry_on=(ConnectionError,)) as text,
        tracer.start_as_current_span("model"),
    ):
        for chunk in chunks:
            text.send("text", chunk=chunk)
            if text.attempt == 1:
                raise ConnectionError("the model hung up")


def save(finalization):
    with tracer.start_as_current_span("insert message"):
        assert finalization.content.components["text"]
