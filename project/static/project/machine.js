/** Shows the states of a stream, marks the present one, and those through which it went. */
export class Machine {
  #list;
  #seen = new Set();

  /** @param {HTMLElement} list  has an item with `data-state` for each state */
  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#seen.clear();
    this.show(null);
  }

  /**
   * @param {string | null} state
   * @param {string} [reason]  why it ended
   */
  show(state, reason = "") {
    if (state) this.#seen.add(state);
    this.#list.dataset.reason = reason;
    for (const item of this.#list.children) {
      const own = item.dataset.state;
      item.classList.toggle("passed", own !== state && this.#seen.has(own));
      if (own === state) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }
}
