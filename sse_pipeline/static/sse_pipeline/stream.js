/** The events of the library itself. All others come from producers. */
export const LIBRARY_EVENTS = Object.freeze([
  "stream",
  "component",
  "draining",
  "stream_error",
  "complete",
  "errored",
  "gap",
  "merged",
]);

const TERMINAL = new Set(["complete", "errored"]);

/**
 * @typedef {object} Frame
 * @property {number | null} id      its number in the stream; null for `gap`, which has none
 * @property {number} after          the id that came before it
 * @property {string} event
 * @property {object} data
 */

/**
 * @typedef {"idle" | "connecting" | "open" | "lost" | "broken" | "refused" | "ended"} Connection
 * `lost`: the browser comes back by itself. `refused`: it does not; `resume()` tries again.
 */

/** A stream, read by a plain `EventSource` until its terminal frame. */
export class Stream {
  /** @type {EventSource | null} */
  #source = null;
  #url;
  #events;
  #onFrame;
  #onConnection;
  #merged;

  /** The id of the last frame. */
  lastEventId = 0;
  /** How often a connection was made. */
  connections = 0;
  /** @type {Connection} */
  connection = "idle";

  /**
   * @param {string} url
   * @param {object} options
   * @param {string[]} options.events  the producers' events: an `EventSource` has to know them
   * @param {(frame: Frame) => void} options.onFrame
   * @param {(connection: Connection) => void} [options.onConnection]
   * @param {boolean} [options.merged]  ask for one `merged` frame in the place of the frames that
   *   were sent before; it replaces all that was received
   */
  constructor(url, { events, onFrame, onConnection = () => {}, merged = false }) {
    this.#url = url;
    this.#events = [...LIBRARY_EVENTS, ...events];
    this.#onFrame = onFrame;
    this.#onConnection = onConnection;
    this.#merged = merged;
  }

  get ended() {
    return this.connection === "ended";
  }

  /** Read the stream, after the last frame that was received. */
  open() {
    if (this.#source || this.ended) return;
    const url = new URL(this.#url, document.baseURI);
    if (this.lastEventId) url.searchParams.set("last_event_id", String(this.lastEventId));
    if (this.#merged) url.searchParams.set("merged", "1");
    const source = new EventSource(url, { withCredentials: true });
    this.#source = source;
    this.#become("connecting");
    source.addEventListener("open", () => this.#opened(source));
    source.addEventListener("error", () => this.#failed(source));
    for (const event of this.#events) {
      source.addEventListener(event, (message) => this.#receive(source, event, message));
    }
  }

  /** Close the connection without a message to the server. */
  break() {
    if (this.#source) this.#close("broken");
  }

  /** Reconnect after `break()`, or after a refusal. */
  resume() {
    this.open();
  }

  #opened(source) {
    if (source !== this.#source) return;
    this.connections += 1;
    this.#become("open");
  }

  #failed(source) {
    if (source !== this.#source) return;
    if (source.readyState === EventSource.CLOSED) this.#close("refused");
    else this.#become("lost");
  }

  #receive(source, event, message) {
    if (source !== this.#source) return;
    const after = this.lastEventId;
    const data = JSON.parse(message.data);
    const id = event === "gap" ? null : Number(message.lastEventId);
    if (id !== null) this.lastEventId = id;
    else this.lastEventId = data.reset ? 0 : data.to;
    if (TERMINAL.has(event)) this.#close("ended");
    this.#onFrame({ id, after, event, data });
  }

  #close(connection) {
    this.#source?.close();
    this.#source = null;
    this.#become(connection);
  }

  #become(connection) {
    this.connection = connection;
    this.#onConnection(connection);
  }
}
