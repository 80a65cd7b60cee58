/** The server refused the stream for good: it is unknown, or not for this reader. */
export declare class StreamRefused extends Error {
    /** The status of the reply. */
    status: number;
    /**
     * @param {number} status
     * @param {string} reason
     */
    constructor(status: number, reason: string);
}
