/** Converts offsets in code points, which the server counts, to UTF-16 units, as the DOM has them. */
export class CodePoints {
  /** The offsets of the characters that take two units. */
  /** @type {number[]} */
  #astral = [];

  /** The number of code points. */
  length = 0;

  /** @param {string} text */
  append(text) {
    for (const character of text) {
      if (character.length === 2) this.#astral.push(this.length);
      this.length += 1;
    }
  }

  /** @param {number} offset */
  toUTF16(offset) {
    let [low, high] = [0, this.#astral.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#astral[middle] < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  }
}

/**
 * Text that is drawn as it comes, with one part of it highlighted.
 *
 * The highlight is `::highlight(spoken-word)` of the page's style sheet; the text stays one node,
 * so a selection survives. A browser without `CSS.highlights` shows the text alone.
 */
export class SpokenText {
  #node = document.createTextNode("");
  #points = new CodePoints();
  #highlight = globalThis.Highlight ? new Highlight() : null;

  /**
   * @param {HTMLElement} element
   * @param {string} [name]  that of the highlight
   */
  constructor(element, name = "spoken-word") {
    element.replaceChildren(this.#node);
    if (this.#highlight) CSS.highlights.set(name, this.#highlight);
  }

  get value() {
    return this.#node.data;
  }

  /** @param {string} chunk */
  append(chunk) {
    this.#node.appendData(chunk);
    this.#points.append(chunk);
  }

  clear() {
    this.unmark();
    this.#node.data = "";
    this.#points = new CodePoints();
  }

  /**
   * Highlight what lies between two offsets in code points.
   * @param {number} from
   * @param {number} to
   */
  mark(from, to) {
    this.unmark();
    const end = Math.min(this.#points.toUTF16(to), this.#node.length);
    const start = Math.min(this.#points.toUTF16(from), end);
    this.#highlight?.add(
      new StaticRange({
        startContainer: this.#node,
        startOffset: start,
        endContainer: this.#node,
        endOffset: end,
      }),
    );
  }

  unmark() {
    this.#highlight?.clear();
  }
}
