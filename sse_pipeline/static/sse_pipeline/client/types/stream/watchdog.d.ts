/** Notices a silence: a connection whose other end is gone says nothing for ever. */
export declare class Watchdog {
    #private;
    /**
     * @param {number} silence  milliseconds
     * @param {() => void} bark  called after each silence
     */
    constructor(silence: number, bark: () => void);
    /** Whether the silence is too long already: the timers of a page that sleeps stand still. */
    get overdue(): boolean;
    /** Note that something was heard. */
    hear(): void;
    stop(): void;
}
