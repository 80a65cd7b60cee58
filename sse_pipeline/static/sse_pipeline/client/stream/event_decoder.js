/**
 * @typedef {object} ServerSentEvent
 * @property {string} event  "message" if the server names none
 * @property {string} data
 * @property {string | null} id  null if the event has none
 */

/** Decodes `text/event-stream`, as section 9.2 of the HTML Standard defines it. */
export class EventDecoder {
  #line = "";
  #event = "";
  /** @type {string[]} */
  #data = [];
  /** @type {string | null} */
  #id = null;

  /** The time after which to come back, in milliseconds; null if the server named none. */
  /** @type {number | null} */
  retry = null;

  /**
   * Yield the events that end in a piece of the body.
   * @param {string} text
   * @returns {Generator<ServerSentEvent, void>}
   */
  *decode(text) {
    // A carriage return at the very end may be the first half of a line end.
    const lines = (this.#line + text).split(/\r\n|\n|\r(?!$)/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      if (line) this.#take(line);
      else yield* this.#dispatch();
    }
  }

  /** @param {string} line */
  #take(line) {
    const [, name = line, value = ""] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  *#dispatch() {
    const [event, data, id] = [this.#event || "message", this.#data, this.#id];
    [this.#event, this.#data, this.#id] = ["", [], null];
    if (data.length) yield { event, data: data.join("\n"), id };
  }
}
