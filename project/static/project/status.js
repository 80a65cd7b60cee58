import { get } from "./requests.js";

const INTERVAL = 1000;

/** Asks for the status of a stream each second while the stream is open. */
export class StatusWatch {
  #abort = new AbortController();
  #timer = 0;

  /**
   * @param {string} path
   * @param {(status: object) => void} onStatus
   */
  constructor(path, onStatus) {
    this.#ask(path, onStatus);
  }

  stop() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async #ask(path, onStatus) {
    const { signal } = this.#abort;
    const status = await get(path, signal);
    if (signal.aborted) return;
    if (status) onStatus(status);
    if (status?.ended == null) this.#timer = setTimeout(() => this.#ask(path, onStatus), INTERVAL);
  }
}
