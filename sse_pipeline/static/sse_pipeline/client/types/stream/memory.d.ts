/**
 * @typedef {"complete" | "errored"} Outcome
 * @typedef {object} Place
 * @property {number} id
 * @property {Outcome | null} outcome
 */
export type Outcome = "complete" | "errored";
export type Place = {
    id: number;
    outcome: Outcome | null;
};
/** Keeps the place of a reader in `sessionStorage`, so that it survives a reload of the page. */
export declare class Memory {
    #private;
    /** @param {string | undefined} key  without one nothing is kept */
    constructor(key: string | undefined);
    /** @returns {Place | null} */
    recall(): Place | null;
    /** @param {Place} place */
    keep(place: Place): void;
}
