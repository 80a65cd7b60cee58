const ORDER = ["streaming", "draining"];

/** Shows the states of a stream, and marks the present one. */
export class Machine {
  #items;

  /** @param {HTMLElement} list  has an item with `data-state` for each state */
  constructor(list) {
    this.#items = [...list.children];
  }

  /** @param {string | null} state */
  show(state) {
    const present = ORDER.indexOf(state);
    const passed = present < 0 && state ? ORDER : ORDER.slice(0, Math.max(present, 0));
    for (const item of this.#items) {
      const own = item.dataset.state;
      item.classList.toggle("passed", passed.includes(own));
      if (own === state) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }
}
