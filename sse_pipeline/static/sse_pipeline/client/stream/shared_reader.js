import { Reader } from "./reader.js";
import { Watchdog } from "./watchdog.js";

/**
 * @typedef {import("./reader.js").Link} Link
 * @typedef {import("./reader.js").Received & {after: number}} Passed  with the id before it
 *
 * @typedef {{type: "hello"} | {type: "ping"} | {type: "link", link: Link}
 *   | {type: "at", id: number, link: Link} | {type: "frame", frame: Passed}} Message
 */

/** Whether this page can share a connection with others: it can in a secure context. */
export const canShare = () => Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel);

/**
 * Reads a stream over one connection for all tabs, and the workers, of an origin.
 *
 * The tab that has the lock leads: it reads, and passes on what comes. A tab that misses frames
 * reads those alone by a connection of its own. When the leader is gone the next tab leads, behind
 * the last frame that it has itself.
 */
export class SharedReader {
  #request;
  #pace;
  #listener;
  #name;
  #channel;
  #watchdog;
  #stopping = new AbortController();
  /** @type {Reader | null} */
  #leading = null;
  /** Reads what this tab misses. */
  /** @type {Reader | null} */
  #catching = null;
  /** The id behind which the leader's frames follow. */
  #goal = 0;
  /** Frames that follow those that are missing. */
  /** @type {Passed[]} */
  #ahead = [];
  /** @type {Link} */
  #link = "connecting";
  /** @type {Promise<void>} */
  #over;
  /** @type {() => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};

  /**
   * @param {import("./stream_request.js").StreamRequest} request
   * @param {import("./reader.js").Pace} pace  a leader that is silent is dead, too
   * @param {import("./reader.js").Listener} listener
   */
  constructor(request, pace, listener) {
    this.#request = request;
    this.#pace = pace;
    this.#listener = listener;
    this.#name = `sse-pipeline ${request.url}`;
    this.#over = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#watchdog = new Watchdog(pace.silence, () => this.#leading || this.#campaign(true));
  }

  /**
   * Read until the end of the stream, or until `stop()`.
   * @throws {import("./stream_refused.js").StreamRefused}
   */
  async read() {
    this.#listener.onLink("connecting");
    this.#campaign(false);
    this.#tell({ type: "hello" });
    try {
      await this.#over;
    } finally {
      this.#watchdog.stop();
      this.#stopping.abort();
      this.#leading?.stop();
      this.#catching?.stop();
      this.#channel.close();
    }
  }

  /** Leave the others, and do not come back. */
  stop() {
    this.#resolve();
  }

  /**
   * Lead, as soon as nobody else does.
   * @param {boolean} steal  take the lead from a tab that is silent
   */
  async #campaign(steal) {
    const options = steal ? { steal } : { signal: this.#stopping.signal };
    try {
      await navigator.locks.request(this.#name, options, () => this.#lead());
    } catch {
      // This reader was stopped, or another tab has taken the lead.
      this.#leading?.stop();
      this.#leading = null;
      // A tab that stole the lead still waits for it in turn.
      if (!steal && !this.#stopping.signal.aborted) await this.#campaign(false);
    }
  }

  async #lead() {
    if (this.#stopping.signal.aborted) return;
    this.#catching?.stop();
    this.#catching = null;
    this.#ahead = [];
    const leading = (this.#leading = new Reader(this.#request, this.#pace, {
      after: this.#listener.after,
      space: this.#listener.space,
      onPing: () => this.#tell({ type: "ping" }),
      onLink: (link) => {
        this.#become(link);
        this.#tell({ type: "link", link });
      },
      onFrame: (frame) => {
        const after = this.#listener.after();
        this.#tell({ type: "frame", frame: { ...frame, after } });
        return this.#listener.onFrame(frame);
      },
    }));
    try {
      await leading.read();
      // A leader that was stopped has not reached the end: it follows from now on.
      if (this.#leading === leading) this.#resolve();
    } catch (error) {
      this.#reject(error);
    }
  }

  /** @param {Message} message */
  #hear(message) {
    if (message.type === "hello") {
      if (this.#leading) this.#tell({ type: "at", id: this.#listener.after(), link: this.#link });
      return;
    }
    if (this.#leading) return;
    this.#watchdog.hear();
    if (message.type === "frame") this.#follow(message.frame);
    if (message.type === "link" || message.type === "at") this.#become(message.link);
    if (message.type === "at") this.#catchUp(message.id);
  }

  /** @param {Passed} frame */
  #follow(frame) {
    const after = this.#listener.after();
    if (frame.after === after || frame.data?.reset) {
      if (this.#listener.onFrame(frame)) this.#resolve();
    } else if (frame.id !== null && frame.id > after) {
      this.#ahead.push(frame);
      this.#catchUp(frame.after);
    }
  }

  /**
   * Read by a connection of its own until the frames of the leader follow.
   * @param {number} goal
   */
  async #catchUp(goal) {
    this.#goal = Math.max(this.#goal, goal);
    if (this.#catching || this.#goal <= this.#listener.after()) return;
    const catching = (this.#catching = new Reader(this.#request, this.#pace, {
      ...this.#listener,
      onLink: () => {},
      onFrame: (frame) => {
        const last = this.#listener.onFrame(frame);
        if (last) this.#resolve();
        if (this.#listener.after() >= this.#goal) catching.stop();
        return last;
      },
    }));
    try {
      await catching.read();
    } catch (error) {
      this.#reject(error);
    }
    if (this.#catching !== catching) return;
    this.#catching = null;
    for (const frame of this.#ahead.splice(0)) this.#follow(frame);
  }

  /** @param {Link} link */
  #become(link) {
    this.#link = link;
    this.#listener.onLink(link);
  }

  /** @param {Message} message */
  #tell(message) {
    if (!this.#stopping.signal.aborted) this.#channel.postMessage(message);
  }
}
