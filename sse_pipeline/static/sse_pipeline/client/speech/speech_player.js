import { OPUS_RATE, OpusDecoder } from "./opus.js";
import { decodePCM } from "./pcm.js";
import { Words } from "./words.js";

/** Seconds between the arrival of a chunk and its sound: of the first one, and after a silence. */
const LEAD = 0.08;
/** Seconds in which the sound fades when it is stopped. */
const FADE = 0.02;
/** Milliseconds of the sound that was heard which can be heard again. */
const KEPT = 600_000;
/** Milliseconds between two looks for the word that is heard, at the most. */
const LOOK = 250;
/** Bounds of the rate: others are not speech any more. */
const [SLOWEST, FASTEST] = [0.25, 4];

/**
 * @typedef {object} AudioChunk  the data of an `audio` frame
 * @property {string} audio
 * @property {string} codec
 * @property {number} sample_rate
 * @property {number} channels
 * @property {number} start_ms
 * @property {number} duration_ms
 * @property {number} segment
 * @property {number[]} [sizes]
 * @property {number} [preskip]
 * @property {number} [samples]
 *
 * @typedef {{buffer: AudioBuffer, startMs: number, endMs: number}} Piece
 *
 * @typedef {"unavailable" | "suspended" | "running" | "paused" | "stopped"} PlayerState
 * `unavailable` without audio, `suspended` until the browser allows sound.
 *
 * @typedef {object} PlayerOptions
 * @property {number} [sampleRate]  that of the speech: chunks then join to the sample
 * @property {() => void} [onState]  told when `state` or `pending` may have changed
 * @property {(word: import("./words.js").Word | undefined) => void} [onWord]  told of the word that
 *   is heard from now on; undefined between two words and at the end
 */

/**
 * Plays the `audio` frames of one speech without gaps, in one `AudioContext`.
 *
 * Each chunk starts at the very time at which the last one ends. Where the next one came too
 * late for that, the speech goes on from there: `position` stays right.
 */
export class SpeechPlayer {
  /** @type {AudioContext | null} */
  #context = null;
  /** The volume of all speeches. */
  /** @type {GainNode | null} */
  #master = null;
  /** The sound that is scheduled, which fades when it is stopped. */
  /** @type {GainNode | null} */
  #bus = null;
  /** @type {Set<AudioBufferSourceNode>} */
  #sources = new Set();
  #sampleRate;
  #onState;
  #onWord;
  #words = new Words();
  /** @type {import("./words.js").Word | undefined} */
  #word;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Piece[]} */
  #pieces = [];
  /** @type {OpusDecoder | null} */
  #opus = null;
  #volume = 1;
  #rate = 1;
  #nextStartTime = 0;
  /** Where the sound begins that is scheduled, in milliseconds. */
  #from = 0;
  /** What is before it is not heard by itself. */
  #beginning = 0;
  /** The times at which the sound began, and at which it went on after a silence. */
  /** @type {{time: number, ms: number, until: number}[]} */
  #runs = [];
  #receivedMs = 0;
  #paused = false;
  #stopped = false;

  /** @param {PlayerOptions} [options] */
  constructor({ sampleRate = 22050, onState = () => {}, onWord = () => {} } = {}) {
    this.#sampleRate = sampleRate;
    this.#onState = onState;
    this.#onWord = onWord;
  }

  /** @returns {PlayerState} */
  get state() {
    if (this.#stopped) return "stopped";
    if (!this.#context) return "unavailable";
    if (this.#paused) return "paused";
    return this.#context.state === "running" ? "running" : "suspended";
  }

  /** Prepare for sound. Browsers allow it only in the handler of a click or a key. */
  unlock() {
    try {
      this.#context ??= this.#makeContext();
      if (!this.#paused) this.#context.resume().catch(() => {});
    } catch {
      this.#context = null;
    }
    this.#onState();
  }

  /**
   * Begin a new speech. What comes of it before `ms` is kept, and not heard: a page that was loaded
   * again goes on where it was.
   * @param {number} [ms]
   */
  begin(ms = 0) {
    this.#silence();
    this.#words.clear();
    this.#pieces = [];
    this.#receivedMs = 0;
    this.#from = this.#beginning = ms;
    this.#stopped = false;
    this.#opus?.close();
    this.#opus = new OpusDecoder((samples, startMs) => this.#playOpus(samples, startMs));
    if (this.#paused) this.resume();
  }

  /**
   * Schedule the data of an `audio` frame.
   * @param {AudioChunk} chunk
   */
  play(chunk) {
    this.#receivedMs = Math.max(this.#receivedMs, chunk.start_ms + chunk.duration_ms);
    if (!this.#context || this.#stopped) return;
    if (chunk.codec === "opus") {
      this.#opus?.decode(/** @type {import("./opus.js").OpusChunk} */ (chunk));
      return;
    }
    const buffer = decode(chunk);
    if (buffer) this.#add({ buffer, startMs: chunk.start_ms, endMs: chunk.start_ms + chunk.duration_ms });
  }

  /**
   * Take the data of a `words` frame, for `onWord`.
   * @param {{words: import("./words.js").Word[]}} data
   */
  addWords({ words }) {
    this.#words.append(words);
    this.#look();
  }

  /** Hold the sound. What comes meanwhile waits. */
  pause() {
    if (!this.#context || this.#stopped) return;
    this.#paused = true;
    this.#context.suspend().catch(() => {});
    this.#onState();
  }

  /** Go on after `pause()`. */
  resume() {
    this.#paused = false;
    this.unlock();
    this.#look();
  }

  /** Stop the sound, and ignore further chunks of this speech. */
  stop() {
    this.#silence();
    this.#opus?.close();
    this.#pieces = [];
    this.#stopped = true;
    this.#onState();
  }

  /**
   * Go on at another position, as far as its sound was received, and not over ten minutes back.
   * @param {number} ms
   */
  seek(ms) {
    if (!this.#context || this.#stopped) return;
    this.#silence();
    this.#from = Math.min(Math.max(ms, this.#pieces[0]?.startMs ?? 0), this.#receivedMs);
    for (const piece of this.#pieces) {
      if (piece.endMs > this.#from) this.#schedule(piece, Math.max(this.#from, piece.startMs));
    }
    this.#look();
    this.#onState();
  }

  /** The volume: 0 is silent, 1 is as it was made. */
  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = Math.max(0, volume);
    if (this.#context) this.#master?.gain.setTargetAtTime(this.#volume, this.#context.currentTime, FADE / 4);
  }

  /** How fast it is played. The pitch follows: a speech that is asked for with another `speed` keeps it. */
  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    const position = this.position;
    this.#rate = Math.min(Math.max(rate, SLOWEST), FASTEST);
    if (this.#pieces.length) this.seek(position);
  }

  /** The length of the speech that was received, in milliseconds. */
  get receivedMs() {
    return this.#receivedMs;
  }

  /** The position that is heard now, in milliseconds on the timeline of the speech. */
  get position() {
    const run = this.#context && this.#runs.findLast(({ time }) => time <= this.#now);
    return run ? Math.min(run.ms + (this.#now - run.time) * 1000 * this.#rate, run.until) : this.#from;
  }

  /** Whether some of the received sound was not heard yet. */
  get pending() {
    return Boolean(this.#context) && !this.#stopped && this.#now < this.#nextStartTime;
  }

  get #now() {
    return this.#context ? this.#context.currentTime - (this.#context.outputLatency || 0) : 0;
  }

  #makeContext() {
    const context = new AudioContext({ sampleRate: this.#sampleRate });
    context.addEventListener("statechange", () => this.#onState());
    this.#master = new GainNode(context, { gain: this.#volume });
    this.#master.connect(context.destination);
    return context;
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {number} startMs
   */
  #playOpus(samples, startMs) {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: OPUS_RATE });
    buffer.copyToChannel(samples, 0);
    this.#add({ buffer, startMs, endMs: startMs + buffer.duration * 1000 });
    this.#onState(); // the page may have looked already, and seen nothing that is pending
  }

  /** @param {Piece} piece */
  #add(piece) {
    const oldest = this.position - KEPT;
    while (this.#pieces.length && this.#pieces[0].endMs < oldest) this.#pieces.shift();
    this.#pieces.push(piece);
    if (piece.endMs > this.#beginning) this.#schedule(piece, Math.max(this.#beginning, piece.startMs));
    this.#look();
  }

  /**
   * @param {Piece} piece
   * @param {number} fromMs  where in the piece to begin
   */
  #schedule({ buffer, startMs, endMs }, fromMs) {
    const context = /** @type {AudioContext} */ (this.#context);
    if (!this.#runs.length || this.#nextStartTime < context.currentTime) {
      this.#nextStartTime = context.currentTime + LEAD;
      this.#runs.push({ time: this.#nextStartTime, ms: fromMs, until: fromMs });
    }
    if (!this.#bus) {
      this.#bus = new GainNode(context);
      this.#bus.connect(/** @type {GainNode} */ (this.#master));
    }
    const skipped = (fromMs - startMs) / 1000;
    const source = new AudioBufferSourceNode(context, { buffer, playbackRate: this.#rate });
    source.connect(this.#bus);
    source.addEventListener("ended", () => this.#sources.delete(source));
    this.#sources.add(source);
    if (skipped > 0) source.start(this.#nextStartTime, skipped);
    else source.start(this.#nextStartTime);
    this.#nextStartTime += (buffer.duration - skipped) / this.#rate;
    this.#runs[this.#runs.length - 1].until = endMs;
  }

  /** Forget what is scheduled, with a short fade. */
  #silence() {
    clearTimeout(this.#timer);
    this.#hear(undefined);
    this.#from = this.position;
    this.#runs = [];
    this.#nextStartTime = 0;
    const [context, bus] = [this.#context, this.#bus];
    if (!context || !bus) return;
    bus.gain.setTargetAtTime(0, context.currentTime, FADE / 4);
    for (const source of this.#sources) source.stop(context.currentTime + FADE);
    this.#sources.clear();
    setTimeout(() => bus.disconnect(), FADE * 1000);
    this.#bus = null;
  }

  /** Tell of the word that is heard, and look again at the next one. */
  #look() {
    clearTimeout(this.#timer);
    const pending = this.pending;
    this.#hear(pending ? this.#words.at(this.position) : undefined);
    if (!pending || this.#paused) return;
    const left = (this.#words.boundaryBehind(this.position) - this.position) / this.#rate;
    this.#timer = setTimeout(() => this.#look(), Math.max(10, Math.min(left, LOOK)));
  }

  /** @param {import("./words.js").Word | undefined} word */
  #hear(word) {
    if (word === this.#word) return;
    this.#word = word;
    this.#onWord(word);
  }
}

/** @param {AudioChunk} chunk */
function decode({ audio, sample_rate: sampleRate, channels }) {
  const samples = decodePCM(audio, channels);
  const length = samples[0].length;
  if (!length) return null;
  const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate });
  samples.forEach((channel, number) => buffer.copyToChannel(channel, number));
  return buffer;
}
