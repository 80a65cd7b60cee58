import { useEffect, useRef, useState } from "react";
import { openStream } from "./index.js";

/**
 * @template T
 * @typedef {object} Reduction
 * @property {T} [initial]  the value before the first frame
 * @property {(value: T, frame: import("./index.js").Frame) => T} [reduce]  makes a value of a frame
 *   and the value before it; a pure function
 */

/**
 * @template T
 * @typedef {object} StreamSnapshot
 * @property {T} value
 * @property {import("./index.js").StreamState} state
 * @property {import("./index.js").Outcome | null} outcome
 * @property {Error | null} error  set if the server refuses the stream
 */

/**
 * Read a stream while the component is mounted. Another URL opens another stream; `null` opens none.
 * @template [T=undefined]
 * @param {string | null} url
 * @param {import("./index.js").Options & Reduction<T>} [options]  only the callbacks may change
 * @returns {StreamSnapshot<T>}
 */
export function useStream(url, options = {}) {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const [snapshot, setSnapshot] = useState(() => begin(options));
  useEffect(() => {
    setSnapshot(begin(latest.current));
    if (url === null) return;
    const stream = openStream(url, {
      ...latest.current,
      onEvent(frame) {
        latest.current.onEvent?.(frame);
        const { reduce } = latest.current;
        if (reduce) setSnapshot((last) => ({ ...last, value: reduce(last.value, frame) }));
      },
      onState(state, changed) {
        latest.current.onState?.(state, changed);
        const { outcome } = changed;
        setSnapshot((last) => ({ ...last, state, outcome }));
      },
    });
    stream.finished.catch((error) => setSnapshot((last) => ({ ...last, error })));
    return () => stream.close();
  }, [url]);
  return snapshot;
}

/**
 * @template T
 * @param {Reduction<T>} options
 * @returns {StreamSnapshot<T>}
 */
function begin({ initial }) {
  return {
    value: /** @type {T} */ (initial),
    state: "connecting",
    outcome: null,
    error: null,
  };
}
