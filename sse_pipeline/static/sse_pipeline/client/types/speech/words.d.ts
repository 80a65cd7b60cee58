/**
 * @typedef {object} Word
 * @property {string} word
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {number} from  an offset in code points
 * @property {number} to
 */
export type Word = {
    word: string;
    start_ms: number;
    end_ms: number;
    /**
     * an offset in code points
     */
    from: number;
    to: number;
};
/** The words of a speech, in the order of their times. */
export declare class Words {
    #private;
    /** @param {Word[]} words those of a `words` frame */
    append(words: Word[]): void;
    clear(): void;
    /**
     * Find the word that is heard at a time.
     * @param {number} ms
     * @returns {Word | undefined}
     */
    at(ms: number): Word | undefined;
    /**
     * Return when the next word begins, or the present one ends; Infinity if no word follows.
     * @param {number} ms
     */
    boundaryBehind(ms: number): number;
}
