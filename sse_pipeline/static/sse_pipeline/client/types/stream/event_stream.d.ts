export type Frame = {
    /**
     * its number in the stream; null for `gap`, which has none
     */
    id: number | null;
    /**
     * the id that came before it
     */
    after: number;
    event: string;
    data: any;
};
export type StreamState = "connecting" | "open" | "lost" | "paused" | "ended" | "refused" | "closed";
export type Outcome = import("./memory.js").Outcome;
export type StreamOptions = {
    /**
     * called for each frame, in order
     */
    onEvent?: (frame: Frame) => void;
    onState?: (state: StreamState, stream: EventStream) => void;
    /**
     * the id of a frame behind which to begin
     */
    after?: number;
    /**
     * seconds after which a silent connection is dead: 45, which is
     * three heartbeats of the server
     */
    silence?: number;
    /**
     * seconds after which to come back, until the server says it: 2, and
     * twice as many after each attempt that brought no frame, up to 30
     */
    retry?: number;
    /**
     * a key of `sessionStorage` that keeps the place over a reload
     */
    remember?: string;
    /**
     * read over one connection with other tabs
     */
    share?: boolean;
    /**
     * closes the stream
     */
    signal?: AbortSignal;
};
/**
 * A stream that is read until its last frame, over as many connections as that takes.
 *
 * `for await` yields its frames, and ends with the stream or with `close()`. Without `onEvent` the
 * frames wait for it.
 */
export declare class EventStream {
    #private;
    /** The id of the last frame. */
    lastEventId: number;
    /** How often a connection was made. */
    connections: number;
    /** @type {StreamState} */
    state: StreamState;
    /**
     * The name of the last frame; null before it came.
     * @type {Outcome | null}
     */
    outcome: Outcome | null;
    /**
     * Resolves to the outcome; to null after `close()`. Rejects if the server refuses the stream.
     * @type {Promise<Outcome | null>}
     */
    finished: Promise<Outcome | null>;
    /**
     * @param {string | URL} url
     * @param {StreamOptions & import("./stream_request.js").RequestOptions} [options]
     */
    constructor(url: string | URL, options?: StreamOptions & import("./stream_request.js").RequestOptions);
    /** Close the connection. `resume()` goes on behind the last frame. */
    pause(): void;
    resume(): void;
    /** Close the connection for good. The server does not end the stream for that. */
    close(): void;
    /** @returns {AsyncGenerator<Frame, void>} */
    [Symbol.asyncIterator](): AsyncGenerator<Frame, void>;
}
