/**
 * @typedef {object} ServerSentEvent
 * @property {string} event  "message" if the server names none
 * @property {string} data
 * @property {string | null} id  null if the event has none
 */
export type ServerSentEvent = {
    /**
     * "message" if the server names none
     */
    event: string;
    data: string;
    /**
     * null if the event has none
     */
    id: string | null;
};
/** Decodes `text/event-stream`, as section 9.2 of the HTML Standard defines it. */
export declare class EventDecoder {
    #private;
    /** The time after which to come back, in milliseconds; null if the server named none. */
    /** @type {number | null} */
    retry: number | null;
    /**
     * Yield the events that end in a piece of the body.
     * @param {string} text
     * @returns {Generator<ServerSentEvent, void>}
     */
    decode(text: string): Generator<ServerSentEvent, void>;
}
