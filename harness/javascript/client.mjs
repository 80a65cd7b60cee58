// node client.mjs URL SEEDS: read streams of a server by the client module, in every way in which a
// connection breaks, and print as JSON what came.
import { StreamRefused, openStream } from "sse-pipeline";
import { Between, numbers } from "./between.mjs";

const [site, seeds] = process.argv.slice(2);
const FRAMES = 40;
/** Mean bytes of a connection that is cut: some frames. */
const LIFETIME = 900;

async function post(path, wanted) {
  const body = JSON.stringify(wanted);
  const reply = await fetch(site + path, { method: "POST", body });
  return reply.status === 204 ? null : reply.json();
}

/** Read a stream to its end by the callbacks; return all that is known of it then. */
async function follow(url, options = {}) {
  const [frames, states] = [[], []];
  const stream = openStream(url, {
    onEvent: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    retry: 0.02,
    ...options,
  });
  let error = null;
  await stream.finished.catch((reason) => (error = reason));
  const { state, outcome, connections, lastEventId } = stream;
  return { frames, states, error: shown(error), state, outcome, connections, lastEventId };
}

function shown(error) {
  return error && { status: error.status, refused: error instanceof StreamRefused };
}

async function through(use) {
  const between = await Between.before(site);
  try {
    return { ...(await use(between)), cuts: between.cuts };
  } finally {
    between.close();
  }
}

const SCENARIOS = {
  async callbacks() {
    return follow(site + (await post("/open", { frames: FRAMES })).path);
  },
  async iteration() {
    const frames = [];
    const stream = openStream(site + (await post("/open", { frames: FRAMES })).path);
    for await (const frame of stream) frames.push(frame);
    return { frames, outcome: stream.outcome };
  },
  async cuts() {
    const { path } = await post("/open", { frames: FRAMES });
    const read = (seed) =>
      through(async (between) => {
        const random = numbers(seed);
        between.lifetime = () => (between.cuts < 8 ? 1 + 2 * LIFETIME * random() : Infinity);
        return follow(between.url + path);
      });
    return Promise.all(Array.from({ length: Number(seeds) }, (_, seed) => read(seed)));
  },
  async gateway() {
    const { path, id } = await post("/open", { frames: FRAMES, end: false });
    return through(async (between) => {
      between.statuses = [502, 503];
      let half = 0;
      const onEvent = ({ id: number }) => {
        if (number !== FRAMES) return;
        half = number;
        between.statuses = [502, 504, 502];
        between.cut();
        post(`/send/${id}`, { first: FRAMES, frames: FRAMES, end: true });
      };
      const frames = [];
      const both = (frame) => (frames.push(frame), onEvent(frame));
      return { ...(await follow(between.url + path, { onEvent: both })), frames, half };
    });
  },
  /** The connection stays open, and nothing comes. */
  async frozen() {
    const { path, id } = await post("/open", { frames: FRAMES, end: false });
    return through(async (between) => {
      const frames = [];
      const onEvent = (frame) => {
        frames.push(frame);
        if (frames.length !== FRAMES) return;
        between.freeze();
        post(`/send/${id}`, { first: FRAMES, frames: FRAMES, end: true });
      };
      return { ...(await follow(between.url + path, { silence: 1, onEvent })), frames };
    });
  },
  /** A silent stream says `ping`: its connection is not closed. */
  async silent() {
    const { path, id } = await post("/open", { frames: 1, end: false });
    setTimeout(() => post(`/send/${id}`, { first: 1, frames: 1, end: true }), 700);
    return follow(site + path, { silence: 30 });
  },
  async unknown() {
    const url = `${site}/streams/4b4ba0e7-0000-4000-8000-000000000000/events/`;
    const stream = openStream(url);
    let thrown = null;
    try {
      for await (const frame of stream) throw frame;
    } catch (error) {
      thrown = shown(error);
    }
    return { ...(await follow(url)), thrown };
  },
  async noStream() {
    return follow(`${site}/`);
  },
  async resumed() {
    const { path } = await post("/open", { frames: FRAMES });
    const whole = await follow(site + path);
    const rest = await follow(site + path, { after: 10 });
    const nothing = await follow(site + path, { after: whole.lastEventId });
    const reset = await follow(site + path, { after: 1_000_000 });
    return { whole, rest, nothing, reset };
  },
  async posted() {
    const asked = (nowhere) => ({
      method: "POST",
      body: JSON.stringify({ frames: FRAMES }),
      headers: async () => ({ "Content-Type": "application/json", "X-Nowhere": nowhere }),
    });
    const results = {};
    for (const query of ["", "?nowhere"]) {
      results[query] = await through(async (between) => {
        between.lifetime = () => (between.cuts ? Infinity : 2 * LIFETIME);
        return follow(`${between.url}/read${query}`, asked(query));
      });
    }
    const away = await through(async (between) => {
      between.statuses = [503];
      return follow(`${between.url}/read`, asked(""));
    });
    return { ...results, away };
  },
  async paused() {
    const { path, id } = await post("/open", { frames: FRAMES, end: false });
    const [frames, states] = [[], []];
    const stream = openStream(site + path, { onState: (state) => states.push(state) });
    for await (const frame of stream) {
      frames.push(frame);
      if (frames.length !== FRAMES) continue;
      stream.pause();
      await post(`/send/${id}`, { first: FRAMES, frames: FRAMES, end: true });
      stream.resume();
    }
    return { frames, states };
  },
  async closed() {
    const { path } = await post("/open", { frames: FRAMES, end: false });
    const abort = new AbortController();
    const onEvent = ({ id }) => id === 5 && abort.abort();
    const aborted = await follow(site + path, { onEvent, signal: abort.signal });
    const left = openStream(site + path);
    for await (const frame of left) if (frame.id === 5) break;
    return { aborted, left: { state: left.state, outcome: await left.finished } };
  },
};

const results = {};
for (const [name, scenario] of Object.entries(SCENARIOS)) results[name] = await scenario();
// The proxies leave connections behind that Node would keep.
process.stdout.write(JSON.stringify(results), () => process.exit(0));
