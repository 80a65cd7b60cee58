// node agent.mjs URL TEXT...: run each text by AG-UI's HttpAgent, which verifies the order of the
// events, and print as JSON what the agent holds after each.
import { HttpAgent } from "@ag-ui/client";

const [url, ...texts] = process.argv.slice(2);

async function run(text) {
  const agent = new HttpAgent({ url: `${url}/run`, initialMessages: [{ id: "1", role: "user", content: text }] });
  const seen = { events: [], errors: [] };
  const subscriber = {
    onEvent: ({ event }) => void seen.events.push(event),
    onRunErrorEvent: ({ event }) => void seen.errors.push([event.message, event.code]),
  };
  let failure = null;
  await agent.runAgent({}, subscriber).catch((error) => (failure = String(error)));
  return { ...seen, failure, messages: agent.messages.slice(1), state: agent.state };
}

const results = {};
for (const text of texts) results[text] = await run(text);
process.stdout.write(JSON.stringify(results), () => process.exit(0));
