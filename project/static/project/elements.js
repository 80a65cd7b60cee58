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

/** @param {number} ms */
export function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {number} count */
export function bytes(count) {
  if (count < 1e3) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}
