export type RequestOptions = {
    method?: string;
    body?: BodyInit;
    /**
     * a function is
     * asked before each request
     */
    headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
    credentials?: RequestCredentials;
    /**
     * in the place of the global one
     */
    fetch?: typeof fetch;
};
/** Asks for a stream: at first as the page says, and after a loss by GET behind the last frame. */
export declare class StreamRequest {
    #private;
    /**
     * @param {string | URL} url
     * @param {RequestOptions} options
     */
    constructor(url: string | URL, options: RequestOptions);
    get url(): string;
    /** Whether the stream is opened by the request itself, and may be opened only once. */
    get opens(): boolean;
    /**
     * Send the request.
     * @param {number} after  the id of the last frame
     * @param {AbortSignal} signal
     */
    send(after: number, signal: AbortSignal): Promise<Response>;
}
/**
 * Say what a reply means: read it, come back, or the stream is over.
 * @param {Response} response
 * @returns {"read" | "return" | "over"}
 * @throws {StreamRefused} the server does not give the stream to this reader
 */
export declare function judge({ status, headers }: Response): "read" | "return" | "over";
