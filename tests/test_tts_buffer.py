"""The buffer follows its table, and completes when all is handed over and never before."""

import pytest
from transitions import MachineError

from sse_pipeline.tts import AudioChunk, SegmentOutcome, SpeechEnded, TTSBuffer
from sse_pipeline.tts.events import Handout, SpeechResult
from sse_pipeline.tts.segmentation import Segmenter
from sse_pipeline.tts.states import MACHINE, TABLE, State

TRIGGERS = ("feed", "flush", "end_input", "cancel")


def buffer_with(text: str = "") -> TTSBuffer:
    buffer = TTSBuffer(Segmenter())
    buffer.feed(text)
    return buffer


def chunk(segment: int, index: int = 0) -> AudioChunk:
    return AudioChunk(b"\0\0", segment, index, 1000, 1, 0.0, 1.0)


def outcome(segment: int, status="audio", reason=None) -> SegmentOutcome:
    return SegmentOutcome(segment, status, 0, 0, reason=reason)


def hand_over(buffer: TTSBuffer) -> list[Handout]:
    handed = []
    while (handout := buffer.take()) is not None:
        handed.append(handout)
        buffer.handed_over()
    return handed


def result_of(buffer: TTSBuffer) -> SpeechResult:
    assert buffer.result is not None
    return buffer.result


def next_text(buffer: TTSBuffer) -> str | None:
    segment = buffer.next_segment()
    return segment.text if segment else None


def in_state(state: State) -> TTSBuffer:
    buffer = buffer_with("One.\n")
    if state is State.OPEN:
        return buffer
    if state in {State.CANCELLING, State.CANCELLED}:
        buffer.cancel()
    else:
        buffer.end_input()
    if state in {State.DRAINING, State.COMPLETED}:
        buffer.put(outcome(1))
    if state is State.FAILED:
        buffer.put(outcome(1, "failed", "why"))
    if state in {State.COMPLETED, State.FAILED, State.CANCELLED}:
        hand_over(buffer)
    return buffer


EXPECTED = {
    ("feed", State.OPEN): State.OPEN,
    ("flush", State.OPEN): State.OPEN,
    ("end_input", State.OPEN): State.INPUT_ENDED,
    ("cancel", State.OPEN): State.CANCELLING,
    ("cancel", State.INPUT_ENDED): State.CANCELLING,
    ("cancel", State.DRAINING): State.CANCELLING,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_in_every_state(trigger, state):
    buffer = in_state(state)
    assert buffer.state is state
    if trigger == "feed" and (trigger, state) not in EXPECTED and "cancel" not in state:
        with pytest.raises(SpeechEnded):
            buffer.feed("more")
    else:
        getattr(buffer, trigger)(*["more"] if trigger == "feed" else [])
    assert buffer.state == EXPECTED.get((trigger, state), state)


def test_the_machine_has_the_rules_of_the_table_and_no_other():
    machine = {
        (
            name,
            transition.source,
            transition.dest,
            tuple(each.func for each in transition.conditions),
        )
        for name, event in MACHINE.events.items()
        for transitions in event.transitions.values()
        for transition in transitions
    }
    assert machine == {
        (row.trigger, row.source.name, row.dest and row.dest.name, row.when) for row in TABLE
    }


def test_terminal_states_are_final():
    terminal = {State.COMPLETED, State.FAILED, State.CANCELLED}
    assert not [row for row in TABLE if row.source in terminal and row.dest is not None]
    with pytest.raises(MachineError):
        MACHINE.events["review"].trigger(in_state(State.COMPLETED))


def test_nothing_fed_completes_at_the_end_of_the_input():
    buffer = buffer_with()
    assert buffer.result is None
    buffer.end_input()
    assert buffer.state is State.COMPLETED
    assert result_of(buffer).segments == {"audio": 0, "skipped": 0, "failed": 0, "cancelled": 0}


def test_each_thing_left_to_do_keeps_it_open():
    buffer = buffer_with("One.\nTwo")
    assert next_text(buffer) == "One.\n"
    assert buffer.next_segment() is None
    buffer.put(chunk(1))
    buffer.put(outcome(1))
    assert [type(each) for each in hand_over(buffer)] == [AudioChunk, SegmentOutcome]
    assert buffer.state == "open"
    buffer.end_input()
    assert buffer.state == "input_ended"
    assert next_text(buffer) == "Two"
    buffer.put(chunk(2))
    assert buffer.state == "input_ended"
    buffer.put(outcome(2))
    assert buffer.state == "draining"
    buffer.take()
    buffer.handed_over()
    buffer.take()
    assert buffer.state == "draining"
    assert buffer.result is None
    buffer.handed_over()
    assert buffer.state == "completed"
    assert result_of(buffer).characters_in == result_of(buffer).characters_spoken == 8
    assert result_of(buffer).segments["audio"] == 2


def test_a_flush_is_done_when_what_it_forced_has_settled():
    buffer = buffer_with("and then")
    assert not buffer.has_work
    buffer.flush()
    assert buffer.has_work
    buffer.end_input()
    assert buffer.state is State.INPUT_ENDED


def test_an_outcome_carries_what_was_heard():
    buffer = buffer_with("One.\n")
    for handout in (chunk(1), chunk(1, 1), outcome(1, "failed", "why")):
        buffer.put(handout)
    assert buffer.audio_bytes == 4
    *_, last = hand_over(buffer)
    assert isinstance(last, SegmentOutcome)
    assert (last.status, last.duration_ms) == ("failed", 2.0)
    assert buffer.audio_bytes == 0


def test_it_failed_if_segments_failed_and_none_was_heard():
    buffer = buffer_with("One.\nTwo.\n...\n")
    for handout in (outcome(1, "failed", "first"), outcome(2, "failed", "second")):
        buffer.put(handout)
    buffer.put(outcome(3, "skipped"))
    buffer.end_input()
    hand_over(buffer)
    assert (result_of(buffer).status, result_of(buffer).reason) == ("failed", "first")


def test_it_completed_if_one_was_heard():
    buffer = buffer_with("One.\nTwo.\n")
    buffer.end_input()
    buffer.put(outcome(1, "failed", "why"))
    buffer.put(outcome(2))
    hand_over(buffer)
    assert (result_of(buffer).status, result_of(buffer).reason) == ("completed", None)
    assert result_of(buffer).segments["failed"] == 1


def test_a_cancel_drops_what_was_not_handed_over():
    buffer = buffer_with("One.\nTwo.\nThree.\nFour")
    for handout in (chunk(1), outcome(1), chunk(2), chunk(2, 1), outcome(2)):
        buffer.put(handout)
    for _ in range(3):
        held = buffer.take()
        assert held is not None
        if held.segment == 1:
            buffer.handed_over()
    assert buffer.cancel()
    assert not buffer.cancel()
    assert not buffer.has_work
    buffer.put(chunk(3))
    buffer.put(outcome(3))
    buffer.handed_over()
    assert buffer.audio_bytes == 0
    settled = hand_over(buffer)
    assert settled == [
        SegmentOutcome(2, "cancelled", 5, 10, 1.0),
        SegmentOutcome(3, "cancelled", 10, 17, 0.0),
    ]
    result = result_of(buffer)
    assert (result.status, result.characters_in, result.characters_spoken) == ("cancelled", 21, 5)
