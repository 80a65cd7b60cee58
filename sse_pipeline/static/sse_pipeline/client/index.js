import { EventStream } from "./stream/event_stream.js";

export { EventStream };
export { StreamRefused } from "./stream/stream_refused.js";

/**
 * @typedef {import("./stream/event_stream.js").Frame} Frame
 * @typedef {import("./stream/event_stream.js").StreamState} StreamState
 * @typedef {import("./stream/memory.js").Outcome} Outcome
 * @typedef {import("./stream/event_stream.js").StreamOptions
 *   & import("./stream/stream_request.js").RequestOptions} Options
 */

/**
 * Read a stream until its last frame: it comes back after each loss, behind the last frame.
 * @param {string | URL} url  in Node an absolute one
 * @param {Options} [options]
 */
export function openStream(url, options) {
  return new EventStream(url, options);
}
