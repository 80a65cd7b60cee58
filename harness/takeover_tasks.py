"""An answer of three components, each in a task of Celery that is delivered again if it is lost."""

import os
import random
import time
from contextlib import suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.takeover_settings")

import django

django.setup()

from celery import Celery, shared_task

from harness import finalizer_runs
from project.kept_answers import save_answer
from sse_pipeline import Finalization, SSEHandler
from sse_pipeline.exceptions import AlreadyRegistered, StreamEnded

app = Celery("takeover", broker=os.environ["CELERY_BROKER"])
# How long Celery waits before it counts a process that was killed as lost: ten seconds by default.
app.conf.worker_lost_wait = 0.2

WORDS = [f"word{number} " for number in range(12)]
#: The event of each component, and its field that has a word.
PARTS = {
    "text_generation": ("text", "chunk"),
    "reasoning": ("reasoning", "chunk"),
    "retrieval": ("citation", "title"),
}
#: Seconds between two words; and that a run works before it saves, and after that, at most.
PAUSE, WORK = 0.05, 0.03


@shared_task(acks_late=True, reject_on_worker_lost=True)
def produce(stream_id: str, name: str) -> None:
    """Make one component of an answer, word by word."""
    handler, (event, field) = SSEHandler.attach(stream_id), PARTS[name]
    with suppress(AlreadyRegistered, StreamEnded), handler.component(name) as part:
        for number, word in enumerate(WORDS):
            part.progress(number / len(WORDS), f"{number} of {len(WORDS)} words")
            part.send(event, **{field: word}, process=os.getpid(), attempt=part.attempt)
            time.sleep(PAUSE)


def save(finalization: Finalization, runs: str) -> None:
    """Save the answer as the demonstration does, and record the run."""
    with finalizer_runs.recorded(runs, finalization.stream_id):
        time.sleep(random.uniform(0, WORK))
        save_answer(finalization, holder=finalization.stream_id, question="Hello?")
        time.sleep(random.uniform(0, WORK))
