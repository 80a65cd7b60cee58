"""The buffer follows its table, and completes when all is handed over and never before."""

from itertools import product

import pytest

from sse_pipeline.machine import triggers_of
from sse_pipeline.tts import AudioChunk, SegmentOutcome, SpeechEnded, TTSBuffer
from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.buffer.speech_states import SPEECH_MACHINE, TABLE, SpeechState
from sse_pipeline.tts.buffer.tts_buffer import FULL_BYTES
from sse_pipeline.tts.engines import Audio
from sse_pipeline.tts.results import CallbackItem, SegmentNote, SpeechResult

TRIGGERS = ("feed", "flush_to_pause", "flush", "end_input", "cancel")


def buffer_with(text: str = "", in_flight: int = 1) -> TTSBuffer:
    buffer = TTSBuffer(timeline=AudioTimeline(1000), in_flight=in_flight)
    buffer.feed(text)
    return buffer


AUDIO = Audio(b"\0\0")


def hand_over(buffer: TTSBuffer) -> list[CallbackItem]:
    """Hand over all that there is; return it without the notes."""
    return [each for each in hand_over_all(buffer) if not isinstance(each, SegmentNote)]


def hand_over_all(buffer: TTSBuffer) -> list[CallbackItem]:
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


def in_state(state: SpeechState) -> TTSBuffer:
    buffer = buffer_with("One.\n")
    if state is SpeechState.OPEN:
        return buffer
    if state in {SpeechState.CANCELLING, SpeechState.CANCELLED}:
        buffer.cancel()
    else:
        buffer.end_input()
    if state in {SpeechState.DRAINING, SpeechState.COMPLETED}:
        buffer.settle(1, "audio")
    if state is SpeechState.FAILED:
        buffer.settle(1, "failed", "why")
    if state in {SpeechState.COMPLETED, SpeechState.FAILED, SpeechState.CANCELLED}:
        hand_over(buffer)
    return buffer


EXPECTED = {
    ("feed", SpeechState.OPEN): SpeechState.OPEN,
    ("flush_to_pause", SpeechState.OPEN): SpeechState.OPEN,
    ("flush", SpeechState.OPEN): SpeechState.OPEN,
    ("end_input", SpeechState.OPEN): SpeechState.INPUT_ENDED,
    ("cancel", SpeechState.OPEN): SpeechState.CANCELLING,
    ("cancel", SpeechState.INPUT_ENDED): SpeechState.CANCELLING,
    ("cancel", SpeechState.DRAINING): SpeechState.CANCELLING,
}


@pytest.mark.parametrize("state", SpeechState)
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


class Model:
    """A model whose guards answer as a test says. It keeps the effects that ran."""

    def __init__(self, state: SpeechState, holding: frozenset[str]) -> None:
        self.state = state
        self.effects: list[str] = []
        for name in {guard for row in TABLE for guard in row.when}:
            setattr(self, name, lambda *_, name=name: name in holding)
        for name in {effect for row in TABLE for effect in row.then}:
            setattr(self, name, lambda *_, name=name: self.effects.append(name))


def test_the_machine_has_the_rules_of_the_table_and_no_other():
    guards = sorted({guard for row in TABLE for guard in row.when})
    for state, trigger in product(SpeechState, triggers_of(TABLE)):
        for held in product([False, True], repeat=len(guards)):
            holding = frozenset(guard for guard, holds in zip(guards, held, strict=True) if holds)
            model = Model(state, holding)
            rows = [row for row in TABLE if (row.trigger, row.source) == (trigger, state)]
            row = next((row for row in rows if holding.issuperset(row.when)), None)
            assert SPEECH_MACHINE.fire(model, trigger) is (row is not None)
            assert model.state == (row.dest if row and row.dest else state)
            assert model.effects == [*(row.then if row else ())]
    with pytest.raises(KeyError):
        SPEECH_MACHINE.fire(Model(SpeechState.OPEN, frozenset()), "to_completed")


def test_terminal_states_are_final():
    terminal = {SpeechState.COMPLETED, SpeechState.FAILED, SpeechState.CANCELLED}
    assert not [row for row in TABLE if row.source in terminal and row.dest is not None]
    assert not SPEECH_MACHINE.fire(in_state(SpeechState.COMPLETED), "review")


def test_nothing_fed_completes_at_the_end_of_the_input():
    buffer = buffer_with()
    assert buffer.result is None
    buffer.end_input()
    assert buffer.state is SpeechState.COMPLETED
    assert result_of(buffer).segments == {"audio": 0, "skipped": 0, "failed": 0, "cancelled": 0}


def test_each_thing_left_to_do_keeps_it_open():
    buffer = buffer_with("One.\nTwo")
    assert next_text(buffer) == "One.\n"
    assert buffer.next_segment() is None
    buffer.put(1, AUDIO)
    buffer.settle(1, "audio")
    assert [type(each) for each in hand_over(buffer)] == [AudioChunk, SegmentOutcome]
    assert buffer.state == "open"
    buffer.end_input()
    assert buffer.state == "input_ended"
    assert next_text(buffer) == "Two"
    buffer.put(2, AUDIO)
    assert buffer.state == "input_ended"
    buffer.settle(2, "audio")
    assert buffer.state == "draining"
    while not isinstance(buffer.take(), SegmentOutcome):
        buffer.handed_over()
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
    assert buffer.state is SpeechState.INPUT_ENDED


def test_an_outcome_carries_what_was_heard():
    buffer = buffer_with("One.\n")
    buffer.next_segment()
    for _ in range(2):
        buffer.put(1, AUDIO)
    buffer.settle(1, "failed", "why")
    *_, last = hand_over(buffer)
    assert isinstance(last, SegmentOutcome)
    assert (last.status, last.reason, last.duration_ms) == ("failed", "why", 2.0)


def test_it_failed_if_segments_failed_and_none_was_heard():
    buffer = buffer_with("One.\nTwo.\n...\n")
    buffer.settle(1, "failed", "first")
    buffer.settle(2, "failed", "second")
    buffer.end_input()
    assert [type(each) for each in hand_over(buffer)] == [SegmentOutcome] * 3
    assert (result_of(buffer).status, result_of(buffer).reason) == ("failed", "first")


def test_it_failed_if_no_engine_would_speak():
    buffer = buffer_with("One.\n...\n")
    buffer.settle(1, "skipped", "why")
    buffer.end_input()
    hand_over(buffer)
    assert (result_of(buffer).status, result_of(buffer).reason) == ("failed", "why")


def test_it_completed_if_one_was_heard():
    buffer = buffer_with("One.\nTwo.\n")
    buffer.end_input()
    buffer.settle(1, "failed", "why")
    buffer.settle(2, "audio")
    hand_over(buffer)
    assert (result_of(buffer).status, result_of(buffer).reason) == ("completed", None)
    assert result_of(buffer).segments["failed"] == 1


def test_a_segment_settles_once():
    buffer = buffer_with("One.\n")
    buffer.settle(1, "failed", "first")
    buffer.settle(1, "audio")
    buffer.put(1, AUDIO)
    buffer.settle(7, "audio")
    (outcome,) = hand_over(buffer)
    assert isinstance(outcome, SegmentOutcome)
    assert (outcome.status, outcome.reason) == ("failed", "first")


def test_a_segment_that_a_cancel_has_settled_does_not_begin():
    now = iter(range(100))
    buffer = TTSBuffer(timeline=AudioTimeline(1000), clock=lambda: next(now))
    buffer.feed("One.\n")
    buffer.next_segment()
    buffer.cancel()
    buffer.begin(1)
    (outcome,) = (each for each in hand_over(buffer) if isinstance(each, SegmentOutcome))
    assert outcome.synthesis_ms is None


def test_a_cancel_drops_what_was_not_handed_over():
    buffer = buffer_with("One.\nTwo.\nThree.\nFour")
    for number in (1, 2):
        buffer.next_segment()
        buffer.put(number, AUDIO)
        buffer.put(number, AUDIO)
        buffer.settle(number, "audio")
    held = buffer.take()
    while held is not None and held.segment == 1:
        buffer.handed_over()
        held = buffer.take()
    assert buffer.cancel()
    assert not buffer.cancel()
    assert not buffer.has_work
    buffer.put(3, AUDIO)
    buffer.settle(3, "audio")
    buffer.handed_over()
    settled = hand_over(buffer)
    outcomes = [each for each in settled if isinstance(each, SegmentOutcome)]
    assert [(each.segment, each.status) for each in outcomes] == [
        (2, "cancelled"),
        (3, "cancelled"),
    ]
    result = result_of(buffer)
    assert (result.status, result.characters_in, result.characters_spoken) == ("cancelled", 21, 5)


def test_some_are_in_flight_at_a_time_and_handed_over_in_order():
    buffer = buffer_with("One.\nTwo.\nThree.\nFour.\n", in_flight=2)
    assert [next_text(buffer) for _ in range(3)] == ["One.\n", "Two.\n", None]
    buffer.put(2, AUDIO)
    buffer.settle(2, "audio")
    assert next_text(buffer) == "Three.\n"
    assert hand_over(buffer) == []
    buffer.put(1, AUDIO)
    assert [each.segment for each in hand_over(buffer)] == [1]
    buffer.settle(1, "audio")
    assert [each.segment for each in hand_over(buffer)] == [1, 2, 2]


def test_no_segment_is_begun_while_much_waits_to_be_handed_over():
    buffer = buffer_with("One.\nTwo.\n", in_flight=2)
    buffer.next_segment()
    buffer.put(1, Audio(bytes(FULL_BYTES)))
    assert not buffer.has_work
    assert isinstance(buffer.take(), SegmentNote)
    buffer.handed_over()
    assert isinstance(buffer.take(), AudioChunk)
    assert not buffer.has_work
    buffer.handed_over()
    assert buffer.has_work


def test_the_notes_are_those_of_the_first_segment():
    buffer = buffer_with("One.\nTwo.\n", in_flight=2)

    def note() -> str:
        notes = [each for each in hand_over_all(buffer) if isinstance(each, SegmentNote)]
        return str(notes[-1])

    assert note() == "segment 1: waiting for the engine"
    buffer.next_segment()
    buffer.next_segment()
    assert hand_over_all(buffer) == []
    buffer.begin(1)
    buffer.begin(2)
    buffer.put(2, AUDIO)
    assert note() == "segment 1: waiting for its first audio"
    buffer.put(1, AUDIO)
    assert note() == "segment 1: speaking"
    buffer.settle(1, "audio")
    buffer.settle(2, "audio")
    assert note() == "segment 2: done; waiting for more text"
