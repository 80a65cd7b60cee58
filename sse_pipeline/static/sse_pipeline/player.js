import { OPUS_RATE, OpusDecoder } from "./opus.js";
import { decodePCM } from "./pcm.js";

/** Seconds between the arrival of a chunk and its sound: of the first one, and after a silence. */
const LEAD = 0.08;
/** Seconds in which the sound fades when it is stopped. */
const FADE = 0.02;

/**
 * Plays the `audio` frames of one speech without gaps, in one `AudioContext`.
 *
 * Each chunk starts at the very time at which the last one ends. Where the next one came too
 * late for that, the speech goes on from there: `position` stays right.
 */
export class Player {
  /** @type {AudioContext | null} */
  #context = null;
  #volume = null;
  #sampleRate;
  #onState;
  #nextStartTime = 0;
  /** The times at which the sound began, and at which it went on after a silence. */
  #runs = [];
  #receivedMs = 0;
  #stopped = false;
  #opus = null;

  /**
   * @param {object} [options]
   * @param {number} [options.sampleRate]  that of the speech: chunks then join to the sample
   * @param {() => void} [options.onState]  told when `state` or `pending` may have changed
   */
  constructor({ sampleRate = 22050, onState = () => {} } = {}) {
    this.#sampleRate = sampleRate;
    this.#onState = onState;
  }

  /** `unavailable` without audio, `suspended` until the browser allows sound. */
  get state() {
    if (this.#stopped) return "stopped";
    if (!this.#context) return "unavailable";
    return this.#context.state === "running" ? "running" : "suspended";
  }

  /** Prepare for sound. Browsers allow it only in the handler of a click or a key. */
  unlock() {
    try {
      this.#context ??= this.#makeContext();
      this.#context.resume().catch(() => {});
    } catch {
      this.#context = null;
    }
    this.#onState();
  }

  /** Begin a new speech. */
  begin() {
    this.#silence();
    this.#stopped = false;
    this.#runs = [];
    this.#receivedMs = 0;
    this.#nextStartTime = 0;
    this.#opus = new OpusDecoder((samples, startMs) => this.#playOpus(samples, startMs));
    if (this.#context) {
      this.#volume = this.#context.createGain();
      this.#volume.connect(this.#context.destination);
    }
  }

  /**
   * Schedule the data of an `audio` frame.
   * @param {{audio: string, codec: string, sample_rate: number, channels: number,
   *   start_ms: number, duration_ms: number}} chunk
   */
  play(chunk) {
    this.#receivedMs = Math.max(this.#receivedMs, chunk.start_ms + chunk.duration_ms);
    if (!this.#context || this.#stopped) return;
    if (chunk.codec === "opus") {
      this.#opus.decode(chunk);
      return;
    }
    const buffer = this.#decode(chunk);
    if (buffer) this.#schedule(buffer, chunk.start_ms, chunk.start_ms + chunk.duration_ms);
  }

  #playOpus(samples, startMs) {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: OPUS_RATE });
    buffer.copyToChannel(samples, 0);
    this.#schedule(buffer, startMs, startMs + buffer.duration * 1000);
    this.#onState();  // the page may have looked already, and seen nothing that is pending
  }

  #schedule(buffer, startMs, endMs) {
    if (!this.#runs.length || this.#nextStartTime < this.#context.currentTime) {
      this.#nextStartTime = this.#context.currentTime + LEAD;
      this.#runs.push({ time: this.#nextStartTime, ms: startMs, until: startMs });
    }
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#volume);
    source.start(this.#nextStartTime);
    this.#nextStartTime += buffer.duration;
    this.#runs.at(-1).until = endMs;
  }

  /** Stop the sound, and ignore further chunks of this speech. */
  stop() {
    this.#silence();
    this.#stopped = true;
    this.#onState();
  }

  /** The length of the speech that was received, in milliseconds. */
  get receivedMs() {
    return this.#receivedMs;
  }

  /** The position that is heard now, in milliseconds on the timeline of the speech. */
  get position() {
    const run = this.#context && this.#runs.findLast(({ time }) => time <= this.#now);
    return run ? Math.min(run.ms + (this.#now - run.time) * 1000, run.until) : 0;
  }

  /** Whether some of the received sound was not heard yet. */
  get pending() {
    return Boolean(this.#context) && !this.#stopped && this.#now < this.#nextStartTime;
  }

  get #now() {
    return this.#context.currentTime - (this.#context.outputLatency || 0);
  }

  #makeContext() {
    const context = new AudioContext({ sampleRate: this.#sampleRate });
    context.addEventListener("statechange", () => this.#onState());
    return context;
  }

  #decode({ audio, sample_rate: sampleRate, channels }) {
    const samples = decodePCM(audio, channels);
    const length = samples[0].length;
    if (!length) return null;
    const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
    samples.forEach((channel, number) => buffer.copyToChannel(channel, number));
    return buffer;
  }

  #silence() {
    this.#opus?.close();
    const [context, volume] = [this.#context, this.#volume];
    if (!context || !volume) return;
    volume.gain.setTargetAtTime(0, context.currentTime, FADE / 4);
    setTimeout(() => volume.disconnect(), FADE * 1000);
    this.#volume = null;
  }
}
