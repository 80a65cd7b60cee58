// node chat.mjs SCENARIO URL TEXT: read streams by the Chat that useChat of @ai-sdk/react holds, and
// print what it shows as JSON. The packages are unmodified; a fetch of our own cuts bodies.
import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { DefaultChatTransport as OlderTransport, readUIMessageStream } from "ai-6";

const [scenario, url, text, argument] = process.argv.slice(2);

/** Return a fetch whose next body breaks after so many bytes; the others are whole. */
function cutting(bytes) {
  let left = bytes;
  return async (input, init) => {
    const response = await fetch(input, init);
    const size = left;
    left = Infinity;
    if (size === Infinity) return response;
    let seen = 0;
    const cut = new TransformStream({
      transform(chunk, controller) {
        const taken = chunk.slice(0, Math.max(0, size - seen));
        seen += chunk.length;
        if (taken.length) controller.enqueue(taken);
        if (seen >= size) controller.error(new TypeError("the connection was cut"));
      },
    });
    return new Response(response.body.pipeThrough(cut), response);
  };
}

function options(id, bytes = Infinity) {
  return {
    api: `${url}/chat`,
    fetch: cutting(bytes),
    prepareSendMessagesRequest: ({ messages }) => ({ api: `${url}/chat/${id}`, body: { messages } }),
  };
}

function opened(id, bytes, messages = []) {
  const errors = [];
  const data = [];
  const transport = new DefaultChatTransport(options(id, bytes));
  const onError = (error) => errors.push(String(error));
  const chat = new Chat({ id, messages, transport, onError, onData: (part) => data.push(part) });
  const shown = () => ({ status: chat.status, errors, data, messages: chat.messages });
  return { chat, shown };
}

const SCENARIOS = {
  async whole() {
    const { chat, shown } = opened("whole", Infinity);
    await chat.sendMessage({ text });
    return shown();
  },
  /** Cut the body after each `argument` bytes in turn, and resume it. */
  async cuts() {
    const results = [];
    for (const bytes of JSON.parse(argument)) {
      const { chat, shown } = opened(`cut-${bytes}`, bytes);
      await chat.sendMessage({ text });
      const before = shown().status;
      await chat.resumeStream();
      results.push({ ...shown(), before });
    }
    return results;
  },
  /** A second tab resumes what the first one reads. */
  async tabs() {
    const first = opened("tabs", Infinity);
    const sending = first.chat.sendMessage({ text });
    while (!JSON.stringify(first.chat.messages).includes("assistant")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const second = opened("tabs", Infinity, first.chat.messages.slice(0, 1));
    await Promise.all([sending, second.chat.resumeStream()]);
    return [first.shown(), second.shown()];
  },
  /** The major version before. */
  async older() {
    const transport = new OlderTransport(options("older"));
    const messages = [{ id: "1", role: "user", parts: [{ type: "text", text }] }];
    const stream = await transport.sendMessages({ chatId: "older", messages });
    let last = null;
    for await (const message of readUIMessageStream({ stream })) last = message;
    return { messages: [messages[0], last] };
  },
};

console.log(JSON.stringify(await SCENARIOS[scenario]()));
