/**
 * Frames between a connection and a loop that takes them.
 * @template T
 */
export declare class FrameQueue<T> {
    #private;
    /** @param {T} frame */
    push(frame: T): void;
    /** @param {Error | null} [error]  thrown behind the last frame */
    end(error?: Error | null): void;
    /** Wait until there is space. */
    space(): Promise<void>;
    /** @returns {Promise<IteratorResult<T, undefined>>} */
    take(): Promise<IteratorResult<T, undefined>>;
}
