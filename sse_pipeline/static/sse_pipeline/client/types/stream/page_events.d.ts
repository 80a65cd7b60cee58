/**
 * Watch for the moments at which a page should look at its connection: it was hidden, slept or was
 * left, or the network has changed. A worker knows the last one alone, and a server none.
 *
 * @param {(networkChanged: boolean) => void} look
 * @returns {() => void} ends the watch
 */
export declare function watchPage(look: (networkChanged: boolean) => void): () => void;
