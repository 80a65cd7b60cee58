"""The answers that the site keeps, so that a page shows them when it is loaded again.

A finalizer keeps an answer before its stream is complete: also one that was stopped, or that
failed, with what it had by then. An answer that was cancelled is not kept.
"""

from django.http import HttpRequest

from sse_pipeline import Component, Finalization, make_finalizer
from sse_pipeline.access import owners
from sse_pipeline.answers import TEXT
from sse_pipeline.lifecycle.snapshot import Verdict

from .models import KeptAnswer
from .questions import Question
from .visitors import holder_of

#: How many answers of one client are kept. One more pushes out the oldest.
MOST_ANSWERS = 20
#: How much of a question is kept, in characters.
LONGEST_QUESTION = 500


def keeping(request: HttpRequest, owner: str | None, question: Question) -> list[Component]:
    """Return the component that keeps an answer; none for a stranger who can't be told apart."""
    holder = holder_of(request, owner)
    if holder is None:
        return []
    asked = (question.question or question.text or "")[:LONGEST_QUESTION]
    arguments = {"holder": holder, "question": asked}
    return [make_finalizer("save", save_answer, arguments, attempts=3)]


def save_answer(finalization: Finalization, holder: str, question: str) -> None:
    """Keep an answer once, however often this is called for it."""
    if finalization.verdict is Verdict.CANCELLED:
        return
    content = finalization.content
    text = content.components[TEXT].events.get("text", {"chunk": ""})
    stopped = content.stopped
    KeptAnswer.objects.get_or_create(
        token=finalization.token,
        defaults={
            "holder": holder,
            "stream_id": finalization.stream_id,
            "question": question,
            "text": text["chunk"],
            "outcome": "stopped" if finalization.stopped else finalization.verdict or "complete",
            "heard_offset": stopped.heard_offset if stopped else None,
        },
    )
    mine = KeptAnswer.objects.filter(holder=holder).order_by("-at", "-pk")
    KeptAnswer.objects.filter(
        pk__in=list(mine.values_list("pk", flat=True)[MOST_ANSWERS:])
    ).delete()


def kept_answers(request: HttpRequest) -> list[KeptAnswer]:
    """Return the answers that are kept for the sender of a request, the newest first."""
    holders = {holder_of(request, owner) for owner in (None, *owners.identities(request))}
    known = [holder for holder in holders if holder is not None]
    if not known:  # a stranger, at the first visit
        return []
    return list(KeptAnswer.objects.filter(holder__in=known).order_by("-at", "-pk")[:MOST_ANSWERS])
