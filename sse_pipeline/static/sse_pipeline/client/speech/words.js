/**
 * @typedef {object} Word
 * @property {string} word
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {number} from  an offset in code points
 * @property {number} to
 */

/** The words of a speech, in the order of their times. */
export class Words {
  /** @type {Word[]} */
  #words = [];

  /** @param {Word[]} words those of a `words` frame */
  append(words) {
    this.#words.push(...words);
  }

  clear() {
    this.#words = [];
  }

  /**
   * Find the word that is heard at a time.
   * @param {number} ms
   * @returns {Word | undefined}
   */
  at(ms) {
    const word = this.#words[this.#begun(ms) - 1];
    return word && ms < word.end_ms ? word : undefined;
  }

  /**
   * Return when the next word begins, or the present one ends; Infinity if no word follows.
   * @param {number} ms
   */
  boundaryBehind(ms) {
    const next = this.#words[this.#begun(ms)];
    return this.at(ms)?.end_ms ?? next?.start_ms ?? Infinity;
  }

  /**
   * The number of words that have begun at a time.
   * @param {number} ms
   */
  #begun(ms) {
    let [low, high] = [0, this.#words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#words[middle].start_ms <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
