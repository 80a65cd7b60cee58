import { FrameQueue } from "./frame_queue.js";
import { Memory } from "./memory.js";
import { Reader } from "./reader.js";
import { SharedReader, canShare } from "./shared_reader.js";
import { StreamRequest } from "./stream_request.js";

/**
 * @typedef {object} Frame
 * @property {number | null} id      its number in the stream; null for `gap`, which has none
 * @property {number} after          the id that came before it
 * @property {string} event
 * @property {any} data
 *
 * @typedef {"connecting" | "open" | "lost" | "paused" | "ended" | "refused" | "closed"} StreamState
 * `lost`: it comes back by itself. `ended`: by the stream's last frame. The last three are final.
 *
 * @typedef {import("./memory.js").Outcome} Outcome
 *
 * @typedef {object} StreamOptions
 * @property {(frame: Frame) => void} [onEvent]  called for each frame, in order
 * @property {(state: StreamState, stream: EventStream) => void} [onState]
 * @property {number} [after]      the id of a frame behind which to begin
 * @property {number} [silence]    seconds after which a silent connection is dead: 45, which is
 *   three heartbeats of the server
 * @property {number} [retry]      seconds after which to come back, until the server says it: 2, and
 *   twice as many after each attempt that brought no frame, up to 30
 * @property {string} [remember]   a key of `sessionStorage` that keeps the place over a reload
 * @property {boolean} [share]     read over one connection with other tabs
 * @property {AbortSignal} [signal]  closes the stream
 */

const FINAL = new Set(["ended", "refused", "closed"]);
/** Seconds. */
const [SILENCE, RETRY] = [45, 2];

/**
 * A stream that is read until its last frame, over as many connections as that takes.
 *
 * `for await` yields its frames, and ends with the stream or with `close()`. Without `onEvent` the
 * frames wait for it.
 */
export class EventStream {
  /** The id of the last frame. */
  lastEventId = 0;
  /** How often a connection was made. */
  connections = 0;
  /** @type {StreamState} */
  state = "connecting";
  /**
   * The name of the last frame; null before it came.
   * @type {Outcome | null}
   */
  outcome = null;
  /**
   * Resolves to the outcome; to null after `close()`. Rejects if the server refuses the stream.
   * @type {Promise<Outcome | null>}
   */
  finished;

  #options;
  #request;
  #memory;
  /** @type {FrameQueue<Frame> | null} */
  #queue;
  /** @type {Reader | SharedReader | null} */
  #reader = null;
  /** @type {Error | null} */
  #error = null;
  /** @type {(outcome: Outcome | null) => void} */
  #resolve = () => {};
  /** @type {(error: Error) => void} */
  #reject = () => {};

  /**
   * @param {string | URL} url
   * @param {StreamOptions & import("./stream_request.js").RequestOptions} [options]
   */
  constructor(url, options = {}) {
    this.#options = options;
    this.#request = new StreamRequest(url, options);
    if (options.share && this.#request.opens) throw new TypeError("share: only GET can be shared");
    this.#memory = new Memory(options.remember);
    this.#queue = options.onEvent ? null : new FrameQueue();
    this.finished = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    this.finished.catch(() => {}); // nobody has to ask for it
    const place = this.#memory.recall();
    this.lastEventId = place?.id ?? options.after ?? 0;
    this.outcome = place?.outcome ?? null;
    // The caller first gets the stream that `onState` may ask for.
    queueMicrotask(() => (this.outcome ? this.#finish("ended") : this.#read()));
    if (options.signal?.aborted) this.close();
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Close the connection. `resume()` goes on behind the last frame. */
  pause() {
    if (FINAL.has(this.state)) return;
    this.#stop();
    this.#become("paused");
  }

  resume() {
    if (this.state === "paused") this.#read();
  }

  /** Close the connection for good. The server does not end the stream for that. */
  close() {
    this.#finish("closed");
  }

  /** @returns {AsyncGenerator<Frame, void>} */
  async *[Symbol.asyncIterator]() {
    const queue = (this.#queue ??= new FrameQueue());
    if (FINAL.has(this.state)) queue.end(this.#error);
    try {
      for (;;) {
        const { done, value } = await queue.take();
        if (done) return;
        yield value;
        this.#memory.keep(placeBehind(value)); // the loop is through with it
      }
    } finally {
      this.close();
    }
  }

  #read() {
    if (FINAL.has(this.state) || this.#reader) return;
    const Kind = this.#options.share && canShare() ? SharedReader : Reader;
    const { silence = SILENCE, retry = RETRY } = this.#options;
    const pace = { silence: 1000 * silence, retry: 1000 * retry };
    const isCurrent = () => reader === this.#reader;
    /** @type {Reader | SharedReader} */
    const reader = new Kind(this.#request, pace, {
      after: () => this.lastEventId,
      space: async () => this.#queue?.space(),
      onFrame: (frame) => !isCurrent() || this.#accept(frame),
      onLink: (link) => isCurrent() && this.#link(link),
    });
    this.#reader = reader;
    reader.read().then(
      () => isCurrent() && this.#finish("ended"),
      (error) => isCurrent() && this.#finish("refused", error),
    );
  }

  /** @param {import("./reader.js").Link} link */
  #link(link) {
    if (link === "open") this.connections += 1;
    this.#become(link);
  }

  /**
   * @param {import("./reader.js").Received} frame
   * @returns {boolean} whether it was the last one
   */
  #accept({ id, event, data }) {
    const after = this.lastEventId;
    const repeats = id !== null && id <= after; // another tab has passed it on
    if (repeats && event !== "merged") return false;
    const frame = { id, after, event, data };
    const place = placeBehind(frame);
    [this.lastEventId, this.outcome] = [place.id, place.outcome];
    this.#queue?.push(frame);
    call(() => this.#options.onEvent?.(frame));
    if (!this.#queue) this.#memory.keep(place);
    return place.outcome !== null;
  }

  #stop() {
    const reader = this.#reader;
    this.#reader = null;
    reader?.stop();
  }

  /**
   * @param {"ended" | "refused" | "closed"} state
   * @param {Error | null} [error]
   */
  #finish(state, error = null) {
    if (FINAL.has(this.state)) return;
    this.#stop();
    this.#error = error;
    this.#become(state);
    this.#queue?.end(error);
    if (error) this.#reject(error);
    else this.#resolve(this.outcome);
  }

  /** @param {StreamState} state */
  #become(state) {
    if (state === this.state && state !== "connecting") return;
    this.state = state;
    call(() => this.#options.onState?.(state, this));
  }
}

/**
 * @param {Frame} frame
 * @returns {import("./memory.js").Place}
 */
function placeBehind({ id, after, event, data }) {
  if (event === "gap") return { id: data.reset ? 0 : data.to, outcome: null };
  return { id: id ?? after, outcome: event === "complete" || event === "errored" ? event : null };
}

/**
 * Call a function of the page. Its error is the page's, and does not end the stream.
 * @param {() => void} callback
 */
function call(callback) {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
