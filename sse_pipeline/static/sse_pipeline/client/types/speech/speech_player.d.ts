export type AudioChunk = {
    audio: string;
    codec: string;
    sample_rate: number;
    channels: number;
    start_ms: number;
    duration_ms: number;
    segment: number;
    sizes?: number[];
    preskip?: number;
    samples?: number;
};
export type Piece = {
    buffer: AudioBuffer;
    startMs: number;
    endMs: number;
};
export type PlayerState = "unavailable" | "suspended" | "running" | "paused" | "stopped";
export type PlayerOptions = {
    /**
     * that of the speech: chunks then join to the sample
     */
    sampleRate?: number;
    /**
     * told when `state` or `pending` may have changed
     */
    onState?: () => void;
    /**
     * told of the word that
     * is heard from now on; undefined between two words and at the end
     */
    onWord?: (word: import("./words.js").Word | undefined) => void;
};
/**
 * @typedef {object} AudioChunk  the data of an `audio` frame
 * @property {string} audio
 * @property {string} codec
 * @property {number} sample_rate
 * @property {number} channels
 * @property {number} start_ms
 * @property {number} duration_ms
 * @property {number} segment
 * @property {number[]} [sizes]
 * @property {number} [preskip]
 * @property {number} [samples]
 *
 * @typedef {{buffer: AudioBuffer, startMs: number, endMs: number}} Piece
 *
 * @typedef {"unavailable" | "suspended" | "running" | "paused" | "stopped"} PlayerState
 * `unavailable` without audio, `suspended` until the browser allows sound.
 *
 * @typedef {object} PlayerOptions
 * @property {number} [sampleRate]  that of the speech: chunks then join to the sample
 * @property {() => void} [onState]  told when `state` or `pending` may have changed
 * @property {(word: import("./words.js").Word | undefined) => void} [onWord]  told of the word that
 *   is heard from now on; undefined between two words and at the end
 */
/**
 * Plays the `audio` frames of one speech without gaps, in one `AudioContext`.
 *
 * Each chunk starts at the very time at which the last one ends. Where the next one came too
 * late for that, the speech goes on from there: `position` stays right.
 */
export declare class SpeechPlayer {
    #private;
    /** @param {PlayerOptions} [options] */
    constructor({ sampleRate, onState, onWord }?: PlayerOptions);
    /** @returns {PlayerState} */
    get state(): PlayerState;
    /** Prepare for sound. Browsers allow it only in the handler of a click or a key. */
    unlock(): void;
    /**
     * Begin a new speech. What comes of it before `ms` is kept, and not heard: a page that was loaded
     * again goes on where it was.
     * @param {number} [ms]
     */
    begin(ms?: number): void;
    /**
     * Schedule the data of an `audio` frame.
     * @param {AudioChunk} chunk
     */
    play(chunk: AudioChunk): void;
    /**
     * Take the data of a `words` frame, for `onWord`.
     * @param {{words: import("./words.js").Word[]}} data
     */
    addWords({ words }: {
        words: import("./words.js").Word[];
    }): void;
    /** Hold the sound. What comes meanwhile waits. */
    pause(): void;
    /** Go on after `pause()`. */
    resume(): void;
    /** Stop the sound, and ignore further chunks of this speech. */
    stop(): void;
    /**
     * Go on at another position, as far as its sound was received, and not over ten minutes back.
     * @param {number} ms
     */
    seek(ms: number): void;
    /** The volume: 0 is silent, 1 is as it was made. */
    get volume(): number;
    set volume(volume: number);
    /** How fast it is played. The pitch follows: a speech that is asked for with another `speed` keeps it. */
    get rate(): number;
    set rate(rate: number);
    /** The length of the speech that was received, in milliseconds. */
    get receivedMs(): number;
    /** The position that is heard now, in milliseconds on the timeline of the speech. */
    get position(): number;
    /** Whether some of the received sound was not heard yet. */
    get pending(): boolean;
}
