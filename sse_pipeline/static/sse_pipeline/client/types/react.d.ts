export type Reduction<T> = {
    /**
     * the value before the first frame
     */
    initial?: T;
    /**
     * makes a value of a frame
     * and the value before it; a pure function
     */
    reduce?: (value: T, frame: import("./index.js").Frame) => T;
};
export type StreamSnapshot<T> = {
    value: T;
    state: import("./index.js").StreamState;
    outcome: import("./index.js").Outcome | null;
    /**
     * set if the server refuses the stream
     */
    error: Error | null;
};
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
export declare function useStream<T = undefined>(url: string | null, options?: import("./index.js").Options & Reduction<T>): StreamSnapshot<T>;
