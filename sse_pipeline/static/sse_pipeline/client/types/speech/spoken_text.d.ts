/** Converts offsets in code points, which the server counts, to UTF-16 units, as the DOM has them. */
export declare class CodePoints {
    #private;
    /** The number of code points. */
    length: number;
    /** @param {string} text */
    append(text: string): void;
    /** @param {number} offset */
    toUTF16(offset: number): number;
}
/**
 * Text that is drawn as it comes, with one part of it highlighted.
 *
 * The highlight is `::highlight(spoken-word)` of the page's style sheet; the text stays one node,
 * so a selection survives. A browser without `CSS.highlights` shows the text alone.
 */
export declare class SpokenText {
    #private;
    /**
     * @param {HTMLElement} element
     * @param {string} [name]  that of the highlight
     */
    constructor(element: HTMLElement, name?: string);
    get value(): string;
    /** @param {string} chunk */
    append(chunk: string): void;
    clear(): void;
    /**
     * Highlight what lies between two offsets in code points.
     * @param {number} from
     * @param {number} to
     */
    mark(from: number, to: number): void;
    unmark(): void;
}
