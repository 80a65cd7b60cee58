"""Producers in a task queue: the examples of `docs/tasks.md`, as real workers run them."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.task_settings")

import django

django.setup()

from celery import Celery, shared_task

try:
    from django.tasks import task
except ImportError:  # before Django 6.0
    from django_tasks import task  # type: ignore[no-redef]

from sse_pipeline import SSEHandler

app = Celery("harness", broker=os.environ.get("CELERY_BROKER", "memory://"))


@shared_task
def write(stream_id, chunks):
    handler = SSEHandler.attach(stream_id)
    with handler.component("text") as text:  # takes it over, and settles it on every way out
        for chunk in chunks:
            if handler.cancelled:
                break
            text.send("text", chunk=chunk)


@task
def write_later(stream_id, chunks):
    write(stream_id, chunks)


@task
async def write_asynchronously(stream_id, chunks):
    handler = await SSEHandler.aattach(stream_id)
    async with handler.component("text") as text:
        for chunk in chunks:
            await text.asend("text", chunk=chunk)


@shared_task(acks_late=True, reject_on_worker_lost=True, autoretry_for=(ConnectionError,))
def write_in_attempts(stream_id, chunks):
    handler = SSEHandler.attach(stream_id)
    with handler.component("text", retry_on=(ConnectionError,)) as text:
        text.note(f"attempt {text.attempt}")  # 1, then 2, then 3
        for chunk in chunks:
            text.send("text", chunk=chunk)


@shared_task
def write_on(stream_id):
    handler = SSEHandler.attach(stream_id)
    with handler.component("text") as text:
        text.send("text", chunk="first", process=os.getpid())
        handler.is_cancelled.wait(30)
