"""A text is recited whole, in small pieces, at its pace."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import virtual_time
from project.faults import PATIENCE, broken_off
from project.recital import recite


async def chunks_of(text: str) -> list[str]:
    return [chunk async for chunk in recite(text, 1e9)]


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("", []),
        ("word", ["word"]),
        ("two words", ["two", " words"]),
        ("  led\n", ["  led", "\n"]),
        (" \n\t ", [" \n\t "]),
        ("incomprehensible", ["incom", "prehe", "nsibl", "e"]),
        ("\u4f60\u597d\uff0c \u4e16\u754c", ["\u4f60\u597d\uff0c", " \u4e16\u754c"]),
    ],
)
async def test_chunks_of_a_tokens_size(text: str, chunks: list[str]) -> None:
    assert await chunks_of(text) == chunks


def test_the_chunks_join_to_the_text() -> None:
    with asyncio.Runner() as runner:

        @given(st.text())
        def check(text: str) -> None:
            chunks = runner.run(chunks_of(text))
            assert "".join(chunks) == text
            assert all(len(chunk.strip()) <= 5 for chunk in chunks)

        check()


async def test_a_long_text_is_soon_cut() -> None:
    async with asyncio.timeout(30), aclosing(recite(" " * 500_000 + "x" * 500_000, 1)) as chunks:
        assert len(await anext(chunks)) == 500_005


def test_the_pace_is_kept() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        ages = [loop.time() - begun async for _ in recite("a b c d e f", 100)]
        assert len(ages) == 6
        for number, age in enumerate(ages):
            assert age == pytest.approx(number / 100)

    virtual_time.run(main())


def test_a_slow_reader_does_not_slow_it_further() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        chunks = recite("a b c d e f", 1000)
        await anext(chunks)
        await virtual_time.pass_by(0.02)
        late = loop.time()
        assert [chunk async for chunk in chunks] == [" b", " c", " d", " e", " f"]
        assert loop.time() == late

    virtual_time.run(main())


async def test_the_pace_may_be_as_slow_as_can_be_said() -> None:
    async with aclosing(recite("a b", 5e-324)) as chunks:
        assert await anext(chunks) == "a"
        second = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)  # the task begins to wait for its moment
        assert not second.done()
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second


@pytest.mark.parametrize("count", [0, 3, PATIENCE, PATIENCE + 5])
async def test_a_text_that_is_made_to_fail(count: int) -> None:
    chunks = await chunks_of("word " * count)
    text = recite("word " * count, 1e9)
    heard = []
    with pytest.raises(RuntimeError):
        async for chunk in broken_off(text):
            heard.append(chunk)  # noqa: PERF401 - what came before the error counts
    assert heard == chunks[:PATIENCE]
    with pytest.raises(StopAsyncIteration):
        await anext(text)
