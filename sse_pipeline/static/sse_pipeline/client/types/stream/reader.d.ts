export type Link = "connecting" | "open" | "lost";
export type Received = {
    /**
     * null for `gap`, which has none
     */
    id: number | null;
    event: string;
    data: any;
};
export type Pace = {
    /**
     * milliseconds after which a connection is dead
     */
    silence: number;
    /**
     * milliseconds after which to come back, until the server says it
     */
    retry: number;
};
export type Listener = {
    /**
     * the id of the last frame
     */
    after: () => number;
    /**
     * returns whether it was the last one
     */
    onFrame: (frame: Received) => boolean;
    onLink: (link: Link) => unknown;
    /**
     * resolves when more frames can be taken
     */
    space: () => Promise<void>;
    onPing?: () => void;
};
/** Reads a stream by `fetch`, and comes back after each loss, until its end. */
export declare class Reader {
    #private;
    /**
     * @param {import("./stream_request.js").StreamRequest} request
     * @param {Pace} pace
     * @param {Listener} listener
     */
    constructor(request: import("./stream_request.js").StreamRequest, pace: Pace, listener: Listener);
    /**
     * Read until the end of the stream, or until `stop()`.
     * @throws {StreamRefused}
     */
    read(): Promise<void>;
    /** Close the connection, and do not come back. */
    stop(): void;
}
