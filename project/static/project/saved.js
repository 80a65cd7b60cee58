/**
 * What a page that is loaded again needs to go on: where the stream is, and what was heard of it.
 * @typedef {{paths: Record<string, string>, speech: boolean, heardMs: number}} Saved
 */

const KEY = "answer";

/** @param {Saved | null} saved */
export function save(saved) {
  try {
    if (saved) sessionStorage.setItem(KEY, JSON.stringify(saved));
    else sessionStorage.removeItem(KEY);
  } catch {
    // the browser keeps nothing for this page: a reload shows no answer
  }
}

/** @returns {Saved | null} */
export function saved() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
