import { bytes, element, howFar, seconds } from "./elements.js";

/** Shows each component of a stream, its status, and its entry of the ledger. */
export class Components {
  #list;
  #empty;
  #rows = new Map();

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} empty  shown while there is no component
   */
  constructor(list, empty) {
    this.#list = list;
    this.#empty = empty;
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }

  /**
   * Show a component, as a `component` frame or the ledger has it.
   * @param {string} name
   * @param {{status: string, required: boolean, reason: string | null, frames?: number,
   *   bytes?: number, ms?: number | null}} component
   */
  show(name, component) {
    const row = this.#rows.get(name) ?? this.#add(name);
    row.item.dataset.status = component.status;
    row.status.textContent = component.status.replace("_", " ");
    row.required.textContent = component.required ? "required" : "optional";
    row.detail.textContent = detail(component) || row.detail.textContent;
  }

  /** @param {Record<string, object>} ledger */
  showAll(ledger) {
    for (const [name, component] of Object.entries(ledger)) this.show(name, component);
  }

  #add(name) {
    const row = {
      item: element("li"),
      status: element("span", "badge"),
      required: element("span", "quiet"),
      detail: element("p", "quiet"),
    };
    const title = element("p", "title", [element("code", "", name), row.required, row.status]);
    row.item.dataset.component = name;
    row.item.append(title, row.detail);
    this.#list.append(row.item);
    this.#rows.set(name, row);
    this.#empty.hidden = true;
    return row;
  }
}

function detail({ status, frames, bytes: size, ms, reason, progress }) {
  const parts = [];
  if (progress && status === "pending") parts.push(howFar(progress));
  if (frames != null) parts.push(frames === 1 ? "1 frame" : `${frames} frames`, bytes(size));
  if (ms != null) parts.push(seconds(ms));
  if (reason && reason !== status) parts.push(reason);
  return parts.join(" · ");
}
