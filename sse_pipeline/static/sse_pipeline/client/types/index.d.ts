import { EventStream } from "./stream/event_stream.js";
export { EventStream };
export { StreamRefused } from "./stream/stream_refused.js";
export type Frame = import("./stream/event_stream.js").Frame;
export type StreamState = import("./stream/event_stream.js").StreamState;
export type Outcome = import("./stream/memory.js").Outcome;
export type Options = import("./stream/event_stream.js").StreamOptions & import("./stream/stream_request.js").RequestOptions;
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
export declare function openStream(url: string | URL, options?: Options): EventStream;
