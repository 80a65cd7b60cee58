"""What always holds in the life of a stream. Each function is one invariant of a decision.

The page of the lifecycle shows the docstrings; `tests/lifecycle/test_state_space.py` checks each of
them for every decision that is possible with three components.
"""

import math
from collections.abc import Callable

from harness.component_invariants import (
    a_run_is_begun_once,
    attempts_are_counted,
    finalizers_come_last,
    readers_hear_of_each_component,
    what_finalizers_wait_for_is_decided,
)
from harness.decisions import (
    asked,
    condemns,
    is_decided,
    is_shutdown,
    is_stopped,
    reports_run,
    settles,
    status_of,
)
from harness.state_space import NOW, Decision
from harness.stop_invariants import a_stop_is_kept, what_is_stopped_counts
from sse_pipeline.lifecycle.deadlines import due_at
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.lifecycle.snapshot import State
from sse_pipeline.lifecycle.status import waiting_for

#: Says whether the invariant holds for a decision.
Invariant = Callable[[Decision], bool]

_ORDER = list(State)
_ENDS = (State.COMPLETE, State.ERRORED)


def the_end_is_final(made: Decision) -> bool:
    """A stream that has ended changes no more, and sends nothing."""
    return not made.old.terminal or (made.new is made.old and not made.told)


def states_go_forward(made: Decision) -> bool:
    """A state never goes back."""
    return _ORDER.index(made.new.state) >= _ORDER.index(made.old.state)


def nothing_pending_is_left_behind(made: Decision) -> bool:
    """A stream ends in the decision in which its registry is closed and nothing is pending."""
    new = made.new
    pending = bool(new.registry.pending())
    return new.state is State.STREAMING or new.terminal is not pending


def the_verdict_decides(made: Decision) -> bool:
    """A stream ends as `complete` without a verdict, and as `errored` with one."""
    return not made.new.terminal or (made.new.state == "complete") is (made.new.verdict is None)


def the_first_verdict_stays(made: Decision) -> bool:
    """A verdict is set once."""
    return made.old.verdict is None or made.new.verdict is made.old.verdict


def optional_components_bring_no_verdict(made: Decision) -> bool:
    """Neither an optional component nor an error that is not fatal brings a verdict."""
    component = made.old.registry.get(made.cause.name)
    harmless = (
        made.cause.trigger == "fail" and component is not None and not component.required
    ) or (made.cause.trigger == "report_error" and not made.cause.fatal)
    return not harmless or made.new.verdict is made.old.verdict


def components_settle_once(made: Decision) -> bool:
    """No component is forgotten, and one that has settled changes no more."""
    return all(
        (new := made.new.registry.get(each.name)) is not None and (each.pending or new is each)
        for each in made.old.registry
    )


def the_registry_closes(made: Decision) -> bool:
    """Components are added while the stream is `streaming`, and never later."""
    added = len(made.new.registry.components) - len(made.old.registry.components)
    return added == 0 or (made.old.state is State.STREAMING and made.cause.trigger == "register")


def the_last_frame_is_the_end(made: Decision) -> bool:
    """The decision that ends a stream sends one terminal frame, last, with the whole ledger."""
    new, told = made.new, made.told
    ends = [event for event, _ in told if event in _ENDS]
    if new.terminal is made.old.terminal:
        return not ends
    event, data = told[-1]
    ledger = {name: entry["status"] for name, entry in data["components"].items()}
    return ends == [new.state] == [event] and ledger == {
        each.name: each.status for each in new.registry
    }


def readers_hear_of_the_drain(made: Decision) -> bool:
    """A stream that begins to drain says so in one `draining` frame, with what it waits for."""
    new = made.new
    waiting = [data["waiting_for"] for event, data in made.told if event == "draining"]
    begins = made.old.state is State.STREAMING and new.state is State.DRAINING
    return waiting == ([[each.name for each in new.registry.pending()]] if begins else [])


def versions_have_no_holes(made: Decision) -> bool:
    """The version grows by one with each change, and not without one."""
    new = made.new
    if new is made.old:
        return not made.told
    return new.version == made.old.version + 1 and (new != made.old or bool(made.told))


def a_refusal_changes_nothing(made: Decision) -> bool:
    """A cause that is not taken changes nothing, except that the first one opens the stream."""
    return made.taken or made.new is made.old or made.old.version == 0


def an_end_is_due(made: Decision) -> bool:
    """An open stream is looked at again at a known time, and a drain has an end of its own."""
    new = made.new
    bounds = (new.stop_at, new.silence, new.finalize_by)
    drain = any(each is not None for each in bounds)
    return new.terminal or (due_at(new) < math.inf and drain is (new.state is State.DRAINING))


def an_open_stream_says_why(made: Decision) -> bool:
    """An open stream says in a sentence what it waits for; one that has ended says nothing."""
    new = made.new
    sentence = waiting_for(new, new.opened_at)
    if new.terminal:
        return sentence is None
    return sentence is not None and all(each.name in sentence for each in new.registry.pending())


def the_first_frame_opens(made: Decision) -> bool:
    """The first decision sends a `stream` frame first, and no later decision sends one."""
    places = [place for place, (event, _) in enumerate(made.told) if event == "stream"]
    if made.old.version or not made.new.version:
        return not places
    return places == [0] and made.new.opened_at == NOW


def components_register(made: Decision) -> bool:
    """A new component joins a `streaming` stream up to the limit; an equal repeat is harmless."""
    if made.cause.trigger != "register" or made.old.state is not State.STREAMING:
        return True
    known, now = made.old.registry.get(made.cause.name), made.new.registry.get(made.cause.name)
    if known is None:
        has_room = len(made.old.registry.components) < made.old.limits.components
        return made.taken is has_room is (now is not None and now.pending)
    same = (known.required, known.attempts) == (asked(made).required, asked(made).attempts)
    repeats = known.pending and same
    return made.taken is repeats


def what_settles_has_settled(made: Decision) -> bool:
    """`complete` and `fail` settle a pending component as they say, and no other one; what is
    cancelled, or late, in a stream that was stopped is `stopped`, except a finalizer."""
    stopped = is_stopped(made)
    if made.cause.trigger not in ("complete", "fail"):
        counts = stopped and made.new.verdict is None
        return all(
            status_of(made.new.registry.get(each.name))
            in (each.status, Status.STOPPED if counts and not each.finalizer else Status.ABANDONED)
            for each in made.old.registry
        )
    is_cancelled = made.cause.status is Status.CANCELLED and not reports_run(made)
    status = Status.STOPPED if stopped and is_cancelled else made.cause.status
    return all(
        status_of(made.new.registry.get(each.name))
        == (status if settles(made) and each.name == made.cause.name else each.status)
        for each in made.old.registry
    )


def what_ends_at_once_has_ended(made: Decision) -> bool:
    """A deadline, an overflow and the end of a drain end the stream at once, as soon as its
    finalizers have run; a shutdown leaves them no time, and they have none after their own."""
    ends = made.cause.trigger == "abort" or (
        made.cause.trigger == "drain_over" and made.old.state is State.DRAINING
    )
    late = is_shutdown(made) or (is_decided(made) and made.cause.trigger == "drain_over")
    return not ends or made.new.terminal or (made.new.left_to_finalizers and not late)


def what_closes_has_closed(made: Decision) -> bool:
    """The registry closes with `mark_complete`, a stop or a cancel, when a required component
    fails, and when all but the finalizers have settled; nothing else closes it."""
    if made.old.state is not State.STREAMING or made.new.version == 1:
        return True
    closes = made.cause.trigger in ("mark_complete", "stop", "cancel", "abort") or (
        settles(made) and (condemns(made) or not made.new.registry.pending_producers())
    )
    return closes is (made.new.state is not State.STREAMING)


def the_verdict_names_its_cause(made: Decision) -> bool:
    """What condemns a stream gives it its verdict, if it has none; nothing else gives it one."""
    if made.old.verdict is not None:
        return made.new.verdict is made.old.verdict
    return made.new.verdict is (made.cause.verdict if condemns(made) else None)


def errors_are_told(made: Decision) -> bool:
    """Each error is told to the reader once, in a `stream_error` with its code and message, except
    reports beyond the limit; the one that decides the end is always told."""
    component = made.old.registry.get(made.cause.name)
    decides = made.cause.fatal and made.old.verdict is None
    is_error = not made.old.terminal and (
        (
            made.cause.trigger == "report_error"
            and not is_decided(made)
            and (decides or made.old.errors < made.old.limits.errors)
        )
        or (
            made.cause.trigger == "fail"
            and settles(made)
            and component is not None
            and component.required
            and (
                reports_run(made)
                or (not is_stopped(made) and made.cause.status is not Status.CANCELLED)
            )
        )
    )
    told = [(data["code"], data["message"]) for event, data in made.told if event == "stream_error"]
    return told == ([(made.cause.code, made.cause.message)] if is_error else [])


def a_drain_is_bounded_by_its_cause(made: Decision) -> bool:
    """A stop, and what condemns a stream except an error that a producer reports, tells the
    producers to stop by a fixed time, which nothing puts off; after `mark_complete` a drain ends by
    a silence."""
    stop_at, silence = made.old.stop_at, made.old.silence
    stops = made.cause.trigger == "stop" and not (made.old.terminal or is_decided(made))
    tells = condemns(made) or stops
    if tells and made.cause.trigger != "report_error" and stop_at is None:
        stop_at = NOW + made.old.limits.drain_limit
    if made.cause.trigger == "mark_complete" and made.old.state is State.STREAMING:
        silence = made.old.limits.drain_silence
    return (made.new.stop_at, made.new.silence) == (stop_at, silence)


def the_time_of_the_end_is_kept(made: Decision) -> bool:
    """A stream that has ended, and no other one, has the time of its end."""
    return (made.new.ended_at is not None) is made.new.terminal


INVARIANTS: tuple[Invariant, ...] = (
    the_first_frame_opens,
    components_register,
    what_settles_has_settled,
    a_stop_is_kept,
    what_is_stopped_counts,
    what_closes_has_closed,
    what_ends_at_once_has_ended,
    the_verdict_names_its_cause,
    errors_are_told,
    a_drain_is_bounded_by_its_cause,
    finalizers_come_last,
    a_run_is_begun_once,
    attempts_are_counted,
    what_finalizers_wait_for_is_decided,
    the_time_of_the_end_is_kept,
    states_go_forward,
    the_end_is_final,
    nothing_pending_is_left_behind,
    the_verdict_decides,
    the_first_verdict_stays,
    optional_components_bring_no_verdict,
    components_settle_once,
    the_registry_closes,
    readers_hear_of_each_component,
    readers_hear_of_the_drain,
    the_last_frame_is_the_end,
    versions_have_no_holes,
    a_refusal_changes_nothing,
    an_end_is_due,
    an_open_stream_says_why,
)
