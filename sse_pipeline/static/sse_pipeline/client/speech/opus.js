/** The rate of all samples that a decoder of Opus gives. */
export const OPUS_RATE = 48000;
/** Microseconds of a packet. */
const PACKET = 20000;

/**
 * @typedef {{audio: string, segment: number, sizes: number[], preskip: number, samples?: number,
 *   start_ms: number}} OpusChunk  the data of an `audio` frame
 * @typedef {Float32Array<ArrayBuffer>} Samples
 *
 * @typedef {object} Segment
 * @property {number} number
 * @property {number} startMs
 * @property {number} skip       samples to leave out
 * @property {number} samples    of the whole segment, as soon as that is known
 * @property {number} given
 * @property {number} packets
 * @property {number[]} frames   how many packets each frame has
 * @property {Samples[]} waiting  the samples of the packets that were decoded
 * @property {AudioDecoder} decoder
 * @property {boolean} ended
 */

/** Whether this page can decode Opus: browsers have a decoder in a secure context only. */
export const canDecodeOpus = () => "AudioDecoder" in globalThis;

/**
 * Decodes the `audio` frames of one speech, whose codec is `opus`.
 *
 * Each segment has a decoder of its own. Segments join to the sample. The samples of each frame are
 * given in one piece.
 */
export class OpusDecoder {
  #give;
  /** The segments that are not decoded to their end, in order. Only the first one gives samples. */
  /** @type {Segment[]} */
  #segments = [];
  #closed = false;

  /** @param {(samples: Samples, startMs: number) => void} give  gets samples, in order */
  constructor(give) {
    this.#give = give;
  }

  /**
   * Decode the data of an `audio` frame.
   * @param {OpusChunk} chunk
   */
  decode(chunk) {
    if (this.#closed) return;
    let segment = this.#segments.at(-1);
    if (segment?.number !== chunk.segment) segment = this.#open(chunk);
    segment.samples = chunk.samples ?? segment.samples;
    segment.frames.push(chunk.sizes.length);
    const bytes = Uint8Array.from(atob(chunk.audio), (character) => character.charCodeAt(0));
    let at = 0;
    for (const size of chunk.sizes) {
      const data = bytes.subarray(at, (at += size));
      const timestamp = PACKET * segment.packets++;
      segment.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, data }));
    }
    if (chunk.samples !== undefined) this.#finish(segment);
  }

  /** Give no more samples. */
  close() {
    this.#closed = true;
    for (const { decoder } of this.#segments.splice(0)) {
      if (decoder.state !== "closed") decoder.close();
    }
  }

  /** @param {OpusChunk} chunk  the first one of the segment */
  #open({ segment: number, preskip, start_ms: startMs }) {
    const decoder = new AudioDecoder({
      output: (data) => this.#take(segment, data),
      error: (error) => console.warn("Opus can't be decoded:", error),
    });
    /** @type {Segment} */
    const segment = {
      ...{ number, startMs, decoder, skip: preskip, samples: Infinity, given: 0, packets: 0 },
      ...{ frames: [], waiting: [], ended: false },
    };
    decoder.configure({
      codec: "opus",
      sampleRate: OPUS_RATE,
      numberOfChannels: 1,
      description: opusHead(),
    });
    this.#segments.push(segment);
    return segment;
  }

  /** @param {Segment} segment */
  async #finish(segment) {
    try {
      await segment.decoder.flush();
      segment.decoder.close();
    } catch {
      // It was closed, or has failed: the next segment goes on.
    }
    segment.ended = true;
    this.#giveOn();
  }

  /**
   * @param {Segment} segment
   * @param {AudioData} data
   */
  #take(segment, data) {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    segment.waiting.push(samples);
    this.#giveOn();
  }

  /** Give what the first segment has, and go on with the next one at its end. */
  #giveOn() {
    while (!this.#closed && this.#segments.length) {
      const [segment] = this.#segments;
      while (segment.frames.length && segment.waiting.length >= segment.frames[0]) {
        this.#giveSamples(segment, join(segment.waiting.splice(0, segment.frames.shift())));
      }
      // A segment that was cancelled has no end; then none follows.
      if (!segment.ended) return;
      this.#segments.shift();
    }
  }

  /**
   * @param {Segment} segment
   * @param {Samples} samples
   */
  #giveSamples(segment, samples) {
    const skipped = Math.min(segment.skip, samples.length);
    segment.skip -= skipped;
    const kept = samples.subarray(skipped, skipped + segment.samples - segment.given);
    if (!kept.length) return;
    const startMs = segment.startMs + (segment.given * 1000) / OPUS_RATE;
    segment.given += kept.length;
    this.#give(kept, startMs);
  }
}

/**
 * Join the samples of several packets.
 * @param {Samples[]} packets
 */
function join(packets) {
  const joined = new Float32Array(packets.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const packet of packets) {
    joined.set(packet, at);
    at += packet.length;
  }
  return joined;
}

/** The head of an Opus stream of one channel, with no samples to skip: they are skipped here. */
function opusHead() {
  const head = new DataView(new ArrayBuffer(19));
  [..."OpusHead"].forEach((letter, place) => head.setUint8(place, letter.charCodeAt(0)));
  head.setUint8(8, 1);
  head.setUint8(9, 1);
  head.setUint32(12, OPUS_RATE, true);
  return head.buffer;
}
