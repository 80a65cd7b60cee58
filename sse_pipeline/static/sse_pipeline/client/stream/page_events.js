/**
 * Watch for the moments at which a page should look at its connection: it was hidden, slept or was
 * left, or the network has changed. A worker knows the last one alone, and a server none.
 *
 * @param {(networkChanged: boolean) => void} look
 * @returns {() => void} ends the watch
 */
export function watchPage(look) {
  const watch = new AbortController();
  const { signal } = watch;
  const { document } = globalThis;
  const change = () => look(true);
  const wake = () => document?.visibilityState !== "hidden" && look(false);
  globalThis.addEventListener?.("online", change, { signal });
  globalThis.addEventListener?.("pageshow", wake, { signal });
  document?.addEventListener("visibilitychange", wake, { signal });
  document?.addEventListener("resume", wake, { signal });
  return () => watch.abort();
}
