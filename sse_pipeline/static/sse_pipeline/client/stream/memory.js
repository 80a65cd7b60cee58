/**
 * @typedef {"complete" | "errored"} Outcome
 * @typedef {object} Place
 * @property {number} id
 * @property {Outcome | null} outcome
 */

/** Keeps the place of a reader in `sessionStorage`, so that it survives a reload of the page. */
export class Memory {
  #key;

  /** @param {string | undefined} key  without one nothing is kept */
  constructor(key) {
    this.#key = key;
  }

  /** @returns {Place | null} */
  recall() {
    try {
      const { id, outcome } = JSON.parse(this.#read() ?? "null");
      return Number.isSafeInteger(id) ? { id, outcome } : null;
    } catch {
      return null; // nothing is kept here, or the page may keep nothing
    }
  }

  /** @param {Place} place */
  keep(place) {
    if (this.#key === undefined) return;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(place));
    } catch {
      // The page may keep nothing: then it reads from the start after a reload.
    }
  }

  #read() {
    return this.#key === undefined ? null : sessionStorage.getItem(this.#key);
  }
}
