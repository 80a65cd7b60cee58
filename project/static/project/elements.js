/**
 * Make an element.
 * @param {string} tag
 * @param {string} [className]
 * @param {string | Node[]} [content]
 */
export function element(tag, className = "", content = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}

/** @param {string} id */
export function find(id) {
  return document.getElementById(id);
}

/**
 * Let a button be used or not. It keeps the focus, which a disabled one loses to the body.
 * @param {string} id
 * @param {boolean} usable
 */
export function enable(id, usable) {
  find(id).setAttribute("aria-disabled", String(!usable));
}

/** Let no button be pressed that can't be used, whatever listens to it. */
export function guardButtons() {
  const heed = (event) => {
    if (!event.target.closest?.('[aria-disabled="true"]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", heed, { capture: true });
}

/** @param {number} ms */
export function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {{fraction: number, text: string}} progress */
export function howFar({ fraction, text }) {
  const percent = `${Math.floor(fraction * 100)}%`;
  return text ? `${percent}, ${text}` : percent;
}

/** @param {number} count */
export function bytes(count) {
  if (count < 1e3) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}
