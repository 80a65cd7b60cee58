"""Chromium decodes the packets of a speech to the samples that they were made from."""

import base64
from typing import Any

import numpy as np
import soxr
from playwright.async_api import Page

from harness.demonstration import Demonstration
from harness.servers import Server
from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline.tts import AudioChunk
from sse_pipeline.tts.codecs import make_codec
from sse_pipeline.tts.results import OPUS_RATE

TEXT = (
    "# A heading\n\nThis is a sentence of some length. And another one!\n\n- An item\n- Two items\n"
)

#: Decodes frames; returns the samples as 16-bit numbers, and where each piece of them begins.
DECODE = """async (frames) => {
  const { OpusDecoder } = await import("/static/sse_pipeline/client/speech/opus.js");
  const pieces = [];
  const wanted = frames.length;
  return await new Promise((resolve) => {
    const decoder = new OpusDecoder((samples, startMs) => {
      pieces.push([startMs, Array.from(samples, (each) => Math.round(each * 32768))]);
      if (pieces.length === wanted) resolve(pieces);
    });
    for (const frame of frames) decoder.decode(frame);
  });
}"""


#: Lets each decoder give its samples a second later than it has them.
LATE = """
globalThis.AudioDecoder = class extends AudioDecoder {
  constructor({ output, error }) {
    super({ output: (data) => setTimeout(output, 1000, data), error });
  }
  async flush() {
    await super.flush();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
};
"""


def frame_of(chunk: AudioChunk) -> dict[str, Any]:
    last = {} if chunk.samples is None else {"samples": chunk.samples}
    return {
        "segment": chunk.segment,
        "sizes": chunk.sizes,
        "preskip": chunk.preskip,
        "start_ms": chunk.start_ms,
        "audio": base64.b64encode(chunk.audio).decode(),
        **last,
    }


async def test_packets_decode_to_the_samples_of_the_speech(page: Page, site: Server) -> None:
    listener, codec = SpeechRecorder(pauses={}, fast_start=False), make_codec("opus")
    assert listener.speak(TEXT).status == "completed"
    packets = [each for item in listener.heard for each in codec.encode(item)]
    chunks = [each for each in packets if isinstance(each, AudioChunk)]
    await page.goto(site.url)
    pieces = await page.evaluate(DECODE, [frame_of(chunk) for chunk in chunks])

    pcm = np.frombuffer(b"".join(chunk.audio for chunk in listener.chunks), "<i2")
    expected = soxr.resample(pcm, 22050, OPUS_RATE)
    sound = np.concatenate([samples for _, samples in pieces])
    # Not a sample is missing at a joint: each segment is rounded to a sample of its own.
    assert sum(chunk.samples or 0 for chunk in chunks) == len(sound)
    assert abs(len(sound) - len(expected)) <= len(listener.outcomes)
    length = min(len(sound), len(expected))
    assert np.corrcoef(sound[:length], expected[:length])[0, 1] > 0.95
    last = slice(length - OPUS_RATE // 2, length)  # nothing has moved by the end
    assert np.corrcoef(sound[last], expected[last])[0, 1] > 0.9
    starts = [start for start, _ in pieces]
    assert starts == sorted(starts)


async def test_words_are_marked_however_late_the_decoder_is(page: Page, site: Server) -> None:
    await page.add_init_script(LATE)
    demonstration = Demonstration(page)
    await demonstration.open(site.url)
    await demonstration.ask("One two three.")
    await demonstration.ends("complete")
    await demonstration.hears(2)


async def test_a_page_without_a_decoder_asks_for_samples(page: Page, site: Server) -> None:
    asked: list[Any] = []
    page.on("request", lambda each: asked.append(each) if each.method == "POST" else None)
    await page.add_init_script("delete globalThis.AudioDecoder")
    await page.goto(site.url)
    async with page.expect_response("**/answers/"):
        await page.locator("#answer").click()
    assert "codec" not in asked[0].post_data_json
