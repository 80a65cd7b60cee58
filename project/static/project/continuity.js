/** Checks that the ids of a stream follow each other, over all of its connections. */
export class Continuity {
  #missing = 0;
  #repeated = 0;
  #brokenAfter = null;

  /** Note that the connection was lost. */
  interrupt(lastEventId) {
    this.#brokenAfter ??= lastEventId;
  }

  /**
   * Note a frame; return a sentence for the first frame after an interruption.
   * @param {import("../sse_pipeline/client/index.js").Frame} frame
   */
  check({ id, after }) {
    if (id === null) return null;
    this.#missing += Math.max(0, id - after - 1);
    this.#repeated += id <= after ? 1 : 0;
    if (this.#brokenAfter === null) return null;
    const brokenAfter = this.#brokenAfter;
    this.#brokenAfter = null;
    return `Resumed after ${brokenAfter}: ${id} came next, ${this.verdict}.`;
  }

  get verdict() {
    const missing = this.#missing ? `${this.#missing} missing` : "nothing missing";
    const repeated = this.#repeated ? `${this.#repeated} repeated` : "nothing repeated";
    return `${missing}, ${repeated}`;
  }
}
