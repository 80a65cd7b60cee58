// Clients of server-sent events, as their packages are. `read` lets one read a stream to its last
// frame, and returns the numbers that came. It runs in pages, and in Node for `eventsource`.
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSourcePolyfill } from "event-source-polyfill";
import { EventSource as NodeEventSource } from "eventsource";
import ReconnectingEventSource from "reconnecting-eventsource";
import { openStream } from "sse-pipeline";

const NAMES = [...Array(7).keys()].map((number) => `tick-${number}`);

/** A client with the interface of `EventSource`. */
function listening(make) {
  return (url, { take, stay }) => {
    const source = make(url);
    const close = () => source.close();
    for (const name of [...NAMES, "complete"]) {
      source.addEventListener(name, ({ data }) => take(JSON.parse(data), close));
    }
    return stay ? () => {} : close;
  };
}

const CLIENTS = {
  EventSource: listening((url) => new EventSource(url)),
  eventsource: listening((url) => new NodeEventSource(url)),
  "event-source-polyfill": listening((url) => new EventSourcePolyfill(url)),
  "reconnecting-eventsource": listening((url) => new ReconnectingEventSource(url)),
  "fetch-event-source"(url, { take }) {
    const abort = new AbortController();
    let over = false;
    fetchEventSource(url, {
      signal: abort.signal,
      openWhenHidden: true,
      onmessage({ event, data }) {
        over ||= event === "complete";
        if (event !== "ping") take(JSON.parse(data), () => abort.abort());
      },
      // The lines to write: an end without the last frame is none, and no failure is final.
      onclose() {
        if (!over) throw new Error("the body ended early");
      },
      onerror: () => 50,
      async onopen() {},
    }).catch(() => {});
    return () => abort.abort();
  },
  "sse-pipeline"(url, { take }) {
    const onEvent = ({ data }) => take(data, () => {});
    const stream = openStream(url, { onEvent, retry: 0.05 });
    return () => stream.close();
  },
};

/**
 * Read a stream until its last frame, or for so long.
 * @param {boolean} stay  do not close the client at the last frame
 * @returns {Promise<{numbers: number[], ends: number}>}
 */
export function read(name, url, { stay, seconds }) {
  return new Promise((resolve) => {
    const result = { numbers: [], ends: 0 };
    let close = () => {};
    const finish = () => (close(), resolve(result));
    const timer = setTimeout(finish, 1000 * seconds);
    const take = ({ type, number }, stop) => {
      if (type?.startsWith("tick-")) result.numbers.push(number);
      if (type !== "complete") return;
      result.ends += 1;
      if (stay) return;
      stop();
      clearTimeout(timer);
      queueMicrotask(finish);
    };
    close = CLIENTS[name](url, { take, stay });
  });
}

if (globalThis.window) {
  window.read = read;
} else if (process.argv[2]) {
  const cells = JSON.parse(process.argv[2]);
  Promise.all(cells.map((cell) => read(...cell))).then((results) => {
    process.stdout.write(JSON.stringify(results), () => process.exit(0));
  });
}
