export type Link = import("./reader.js").Link;
export type Passed = import("./reader.js").Received & {
    after: number;
};
export type Message = {
    type: "hello";
} | {
    type: "ping";
} | {
    type: "link";
    link: Link;
} | {
    type: "at";
    id: number;
    link: Link;
} | {
    type: "frame";
    frame: Passed;
};
/**
 * @typedef {import("./reader.js").Link} Link
 * @typedef {import("./reader.js").Received & {after: number}} Passed  with the id before it
 *
 * @typedef {{type: "hello"} | {type: "ping"} | {type: "link", link: Link}
 *   | {type: "at", id: number, link: Link} | {type: "frame", frame: Passed}} Message
 */
/** Whether this page can share a connection with others: it can in a secure context. */
export declare const canShare: () => boolean;
/**
 * Reads a stream over one connection for all tabs, and the workers, of an origin.
 *
 * The tab that has the lock leads: it reads, and passes on what comes. A tab that misses frames
 * reads those alone by a connection of its own. When the leader is gone the next tab leads, behind
 * the last frame that it has itself.
 */
export declare class SharedReader {
    #private;
    /**
     * @param {import("./stream_request.js").StreamRequest} request
     * @param {import("./reader.js").Pace} pace  a leader that is silent is dead, too
     * @param {import("./reader.js").Listener} listener
     */
    constructor(request: import("./stream_request.js").StreamRequest, pace: import("./reader.js").Pace, listener: import("./reader.js").Listener);
    /**
     * Read until the end of the stream, or until `stop()`.
     * @throws {import("./stream_refused.js").StreamRefused}
     */
    read(): Promise<void>;
    /** Leave the others, and do not come back. */
    stop(): void;
}
