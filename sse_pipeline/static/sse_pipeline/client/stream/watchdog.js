/** Notices a silence: a connection whose other end is gone says nothing for ever. */
export class Watchdog {
  #silence;
  #bark;
  #heard = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {number} silence  milliseconds
   * @param {() => void} bark  called after each silence
   */
  constructor(silence, bark) {
    this.#silence = silence;
    this.#bark = bark;
    this.#wait(silence);
  }

  /** Whether the silence is too long already: the timers of a page that sleeps stand still. */
  get overdue() {
    return Date.now() - this.#heard >= this.#silence;
  }

  /** Note that something was heard. */
  hear() {
    this.#heard = Date.now();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} time */
  #wait(time) {
    // One timer for a silence, and not one for each piece that is heard.
    this.#timer = setTimeout(() => {
      const left = this.#heard + this.#silence - Date.now();
      if (left <= 0) {
        this.hear();
        this.#bark();
      }
      this.#wait(left > 0 ? left : this.#silence);
    }, time);
  }
}
