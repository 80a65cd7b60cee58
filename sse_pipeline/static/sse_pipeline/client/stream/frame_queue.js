/** Frames from which a slow reader holds back the connection. */
const FULL = 1000;

/**
 * Frames between a connection and a loop that takes them.
 * @template T
 */
export class FrameQueue {
  /** @type {T[]} */
  #frames = [];
  #over = false;
  /** @type {Error | null} */
  #error = null;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {T} frame */
  push(frame) {
    this.#frames.push(frame);
    this.#wake();
  }

  /** @param {Error | null} [error]  thrown behind the last frame */
  end(error = null) {
    this.#over = true;
    this.#error = error;
    this.#wake();
  }

  /** Wait until there is space. */
  async space() {
    while (this.#frames.length >= FULL && !this.#over) await this.#change();
  }

  /** @returns {Promise<IteratorResult<T, undefined>>} */
  async take() {
    while (!this.#frames.length && !this.#over) await this.#change();
    const frame = this.#frames.shift();
    this.#wake();
    if (frame !== undefined) return { done: false, value: frame };
    if (this.#error) throw this.#error;
    return { done: true, value: undefined };
  }

  #change() {
    return new Promise((/** @type {(_?: unknown) => void} */ resolve) => this.#waiting.add(resolve));
  }

  #wake() {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
