"""The status of a stream, as JSON and as a sentence."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .registry import Component, Status
from .snapshot import Snapshot, State


@dataclass(frozen=True, slots=True)
class Wording:
    """How a sentence is worded: in English, unless both functions say otherwise."""

    #: Translates a text with its placeholders. The tools of gettext find texts by this name.
    gettext: Callable[[str], str] = str
    #: Writes seconds.
    seconds: Callable[[float], str] = "{:.1f} s".format


ENGLISH = Wording()
#: The silence of a component, in seconds, that is none: it works.
AT_WORK = 1.0


def describe(stream: Snapshot, now: float, *, notes: bool = True) -> dict[str, Any]:
    """Return the status of a stream as a JSON document; ages are seconds.

    `frames` and `bytes` count what the components sent, without the library's own events. The notes
    of components are left out unless `notes` is true.
    """
    traffic = stream.traffic
    return {
        "stream": stream.stream_id,
        "state": stream.state,
        "verdict": stream.verdict,
        "stopped": stream.stopped and asdict(stream.stopped),
        "components": stream.ledger(),
        "frames": traffic.frames,
        "bytes": traffic.bytes,
        "age": _age(stream.opened_at, now),
        "idle": _age(max(traffic.at, stream.opened_at), now),
        "ended": None if stream.ended_at is None else _age(stream.ended_at, now),
        "waiting_for": waiting_for(stream, now, notes=notes),
    }


def waiting_for(
    stream: Snapshot, now: float, *, notes: bool = True, wording: Wording = ENGLISH
) -> str | None:
    """Return one sentence that says why a stream is still open; None if it has ended.

    Without `notes` the sentence calls a component silent, even if it left a note.
    """
    if stream.terminal:
        return None
    pending = [
        _explain(stream, each, now, wording, notes=notes) for each in stream.registry.pending()
    ]
    subject = "; ".join(pending) or wording.gettext(
        "waiting for a component to register, or mark_complete()"
    )
    return f"{subject}{_bound(stream, now, wording)}"


def _explain(
    stream: Snapshot,
    component: Component,
    now: float,
    wording: Wording,
    *,
    notes: bool,
) -> str:
    tally, name = stream.traffic.components.get(component.source), component.name
    if component.finalizer is not None:
        return _explain_finalizer(stream, component, now, wording)
    if component.is_free:
        return _explain_free(stream, component, now, wording)
    if (waiting := component.waiting) is not None:
        text = wording.gettext("{name}: waits for {what}, for {waited} ({limit} s at most)")
        waited = wording.seconds(_age(waiting.since, now))
        return text.format(name=name, what=waiting.what, waited=waited, limit=f"{waiting.limit:g}")
    if tally is None and component.claim_within is not None:
        text = wording.gettext("{name}: nobody has taken it for {waited} ({limit} s at most)")
        waited = wording.seconds(_age(component.registered_at, now))
        return text.format(name=name, waited=waited, limit=f"{component.claim_within:g}")
    note = ", ".join(_words(component, tally.note if tally else "", wording, notes=notes))
    return _explain_silence(component, note, _age(stream.last_sign(component), now), wording)


def _words(component: Component, note: str, wording: Wording, *, notes: bool) -> Iterator[str]:
    """Yield what a component has told of itself."""
    if (progress := component.progress) is not None:
        yield wording.gettext("{percent}%").format(percent=progress.percent)
        if notes and progress.text:
            yield progress.text
    if notes and note:
        yield note


def _explain_silence(component: Component, note: str, age: float, wording: Wording) -> str:
    name, silence = component.name, wording.seconds(age)
    if note:
        text = wording.gettext("{name}: {note}, for {silence}")
        sentence = text.format(name=name, note=note, silence=silence)
    elif age < AT_WORK:
        return wording.gettext("{name}: at work").format(name=name)
    else:
        text = wording.gettext("{name}: silent for {silence}")
        sentence = text.format(name=name, silence=silence)
    if component.timeout is None:
        return sentence
    limit = wording.gettext("({limit} s of silence at most)").format(limit=f"{component.timeout:g}")
    return f"{sentence} {limit}"


def _explain_free(stream: Snapshot, component: Component, now: float, wording: Wording) -> str:
    text = wording.gettext(
        "{name}: attempt {attempt} of {attempts} waits for a process, for {waited}"
        " ({limit} s at most)"
    )
    waited = wording.seconds(_age(component.free_at or now, now))
    limit = f"{stream.limits.claim:g}"
    return text.format(
        name=component.name, attempt=component.attempt, attempts=component.attempts, waited=waited,
        limit=limit,
    )  # fmt: skip


def _explain_finalizer(stream: Snapshot, component: Component, now: float, wording: Wording) -> str:
    name, finalizer = component.name, component.finalizer
    assert finalizer is not None
    if stream.finalize_by is None:
        return wording.gettext("{name}: runs when the others have settled").format(name=name)
    attempt, most = component.attempt, component.attempts
    if component.began_at is None:
        text = wording.gettext("{name}: attempt {attempt} of {attempts} begins in {left}")
        left = wording.seconds(_age(now, finalizer.not_before))
        return text.format(name=name, attempt=attempt, attempts=most, left=left)
    text = wording.gettext(
        "{name}: runs, attempt {attempt} of {attempts}, for {time} ({limit} s at most)"
    )
    time, limit = wording.seconds(_age(component.began_at, now)), f"{finalizer.limit:g}"
    return text.format(name=name, attempt=attempt, attempts=most, time=time, limit=limit)


def _bound(stream: Snapshot, now: float, wording: Wording) -> str:
    if stream.state is not State.DRAINING:
        return ""
    if stream.finalize_by is not None:
        left = wording.seconds(_age(now, stream.finalize_by))
        return "; " + wording.gettext("finalizing: ends in {left} at the latest").format(left=left)
    if stream.stop_at is not None:
        text = wording.gettext("draining ({verdict}): ends in {left} at the latest")
        left = wording.seconds(_age(now, stream.stop_at))
        reason = stream.verdict or (stream.stopped and Status.STOPPED)
        return "; " + text.format(verdict=reason, left=left)
    text = wording.gettext(
        "draining (mark_complete): ends after {left} more without a sign of life"
    )
    left = wording.seconds(_age(now, stream.traffic.at + (stream.silence or 0.0)))
    return "; " + text.format(left=left)


def _age(since: float, now: float) -> float:
    return round(max(0.0, now - since), 3)
