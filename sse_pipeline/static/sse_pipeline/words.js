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
    let [low, high] = [0, this.#words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#words[middle].start_ms <= ms) low = middle + 1;
      else high = middle;
    }
    const word = this.#words[low - 1];
    return word && ms < word.end_ms ? word : undefined;
  }
}
