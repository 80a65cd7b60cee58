import { StreamRefused } from "./stream_refused.js";

/**
 * @typedef {object} RequestOptions
 * @property {string} [method]
 * @property {BodyInit} [body]
 * @property {HeadersInit | (() => HeadersInit | Promise<HeadersInit>)} [headers]  a function is
 *   asked before each request
 * @property {RequestCredentials} [credentials]
 * @property {typeof fetch} [fetch]  in the place of the global one
 */

/** Statuses of a server, or of a proxy before it, that pass by themselves. */
const PASSING = new Set([408, 425, 429]);

/** Asks for a stream: at first as the page says, and after a loss by GET behind the last frame. */
export class StreamRequest {
  #url;
  #options;
  #opened = false;

  /**
   * @param {string | URL} url
   * @param {RequestOptions} options
   */
  constructor(url, options) {
    this.#url = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
    this.#options = options;
  }

  get url() {
    return this.#url.href;
  }

  /** Whether the stream is opened by the request itself, and may be opened only once. */
  get opens() {
    return !this.#opened && (this.#options.method ?? "GET").toUpperCase() !== "GET";
  }

  /**
   * Send the request.
   * @param {number} after  the id of the last frame
   * @param {AbortSignal} signal
   */
  async send(after, signal) {
    const { method, body, headers, credentials = "same-origin" } = this.#options;
    const own = new Headers(typeof headers === "function" ? await headers() : headers);
    if (!own.has("Accept")) own.set("Accept", "text/event-stream");
    const opens = this.opens;
    if (!opens) own.delete("Content-Type");
    const url = new URL(this.#url);
    // A header of this name would need a preflight of CORS.
    if (after) url.searchParams.set("last_event_id", String(after));
    const ask = this.#options.fetch ?? fetch;
    const response = await ask(url, {
      ...(opens && { method, body }),
      headers: own,
      credentials,
      cache: "no-store",
      signal,
    });
    if (opens) this.#follow(response);
    return response;
  }

  /** @param {Response} response  of the request that opened the stream */
  #follow(response) {
    if (!response.ok) throw new StreamRefused(response.status, "the stream was not opened");
    const location = response.headers.get("Location");
    if (!location) return;
    this.#url = new URL(location, response.url || this.#url);
    this.#opened = true;
  }
}

/**
 * Say what a reply means: read it, come back, or the stream is over.
 * @param {Response} response
 * @returns {"read" | "return" | "over"}
 * @throws {StreamRefused} the server does not give the stream to this reader
 */
export function judge({ status, headers }) {
  if (status === 204) return "over";
  if (PASSING.has(status) || status >= 500) return "return";
  if (status !== 200) throw new StreamRefused(status, "the stream was refused");
  if (headers.get("Content-Type")?.startsWith("text/event-stream")) return "read";
  throw new StreamRefused(status, "the reply is no stream of events");
}
