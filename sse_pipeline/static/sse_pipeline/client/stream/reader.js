import { EventDecoder } from "./event_decoder.js";
import { watchPage } from "./page_events.js";
import { StreamRefused } from "./stream_refused.js";
import { judge } from "./stream_request.js";
import { Watchdog } from "./watchdog.js";

/**
 * @typedef {"connecting" | "open" | "lost"} Link
 *
 * @typedef {object} Received
 * @property {number | null} id  null for `gap`, which has none
 * @property {string} event
 * @property {any} data
 *
 * @typedef {object} Pace
 * @property {number} silence  milliseconds after which a connection is dead
 * @property {number} retry    milliseconds after which to come back, until the server says it
 *
 * @typedef {object} Listener
 * @property {() => number} after  the id of the last frame
 * @property {(frame: Received) => boolean} onFrame  returns whether it was the last one
 * @property {(link: Link) => unknown} onLink
 * @property {() => Promise<void>} space  resolves when more frames can be taken
 * @property {() => void} [onPing]
 */

/** The most milliseconds between two attempts, unless the server wants more. */
const LONGEST = 30_000;

/** Reads a stream by `fetch`, and comes back after each loss, until its end. */
export class Reader {
  #request;
  #pace;
  #listener;
  #stopped = false;
  /** @type {AbortController | null} */
  #connection = null;
  /** @type {Watchdog | null} */
  #watchdog = null;
  /** Ends the pause between two attempts. */
  #wake = () => {};
  #hurried = false;
  /** Milliseconds after which to come back. */
  #retry;
  /** Attempts since the last frame. */
  #attempts = 0;

  /**
   * @param {import("./stream_request.js").StreamRequest} request
   * @param {Pace} pace
   * @param {Listener} listener
   */
  constructor(request, pace, listener) {
    this.#request = request;
    this.#pace = pace;
    this.#listener = listener;
    // Not all clients of a server that went down come back in one moment.
    this.#retry = pace.retry * (1 + Math.random() / 2);
  }

  /**
   * Read until the end of the stream, or until `stop()`.
   * @throws {StreamRefused}
   */
  async read() {
    const endWatch = watchPage((changed) => this.#look(changed));
    try {
      while (!this.#stopped) {
        this.#listener.onLink("connecting");
        const { over, pause } = await this.#connect();
        if (over || this.#stopped) return;
        if (this.#request.opens) throw new StreamRefused(0, "there is no Location to resume at");
        this.#listener.onLink("lost");
        await this.#rest(pause);
      }
    } finally {
      endWatch();
    }
  }

  /** Close the connection, and do not come back. */
  stop() {
    this.#stopped = true;
    this.#connection?.abort();
    this.#wake();
  }

  /** @returns {Promise<{over: boolean, pause: number}>} a pause in milliseconds */
  async #connect() {
    const connection = (this.#connection = new AbortController());
    const watchdog = (this.#watchdog = new Watchdog(this.#pace.silence, () => connection.abort()));
    let wanted = 0;
    try {
      const response = await this.#request.send(this.#listener.after(), connection.signal);
      const verdict = judge(response);
      wanted = 1000 * (Number(response.headers.get("Retry-After")) || 0);
      if (verdict === "over") return { over: true, pause: 0 };
      if (verdict === "read" && (await this.#readBody(response, watchdog))) {
        return { over: true, pause: 0 };
      }
    } catch (error) {
      if (error instanceof StreamRefused) throw error;
      // The connection was lost: the next one goes on behind the last frame.
    } finally {
      watchdog.stop();
      connection.abort();
      this.#connection = this.#watchdog = null;
    }
    const pause = Math.min(this.#retry * 2 ** this.#attempts, Math.max(LONGEST, this.#retry));
    this.#attempts += 1;
    return { over: false, pause: Math.max(pause, wanted) };
  }

  /**
   * @param {Response} response
   * @param {Watchdog} watchdog
   * @returns {Promise<boolean>} whether the last frame came
   */
  async #readBody(response, watchdog) {
    this.#listener.onLink("open");
    const body = response.body?.getReader();
    if (!body) return false;
    const [text, decoder] = [new TextDecoder(), new EventDecoder()];
    for (;;) {
      await this.#listener.space();
      watchdog.hear(); // while the page was busy nobody listened
      const { done, value } = await body.read();
      if (done || this.#stopped) return false;
      watchdog.hear();
      for (const event of decoder.decode(text.decode(value, { stream: true }))) {
        if (this.#take(event)) return true;
        if (this.#stopped) return false;
      }
      this.#retry = decoder.retry ?? this.#retry;
    }
  }

  /** @param {import("./event_decoder.js").ServerSentEvent} event */
  #take({ event, data, id }) {
    if (event === "ping") {
      this.#listener.onPing?.();
      return false;
    }
    this.#attempts = 0;
    return this.#listener.onFrame({ id: id === null ? null : Number(id), event, data: parse(data) });
  }

  /** @param {boolean} networkChanged */
  #look(networkChanged) {
    if (this.#connection && !networkChanged && !this.#watchdog?.overdue) return;
    this.#hurried = true;
    this.#attempts = 0;
    this.#connection?.abort();
    this.#wake();
  }

  /** @param {number} pause  milliseconds */
  async #rest(pause) {
    if (!this.#hurried && !this.#stopped) {
      await new Promise((/** @type {(_?: unknown) => void} */ resolve) => {
        const timer = setTimeout(resolve, pause);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
    this.#wake = () => {};
    this.#hurried = false;
  }
}

/** @param {string} data */
function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return data; // an event of another server: this one sends JSON
  }
}
