// A page of React that holds a chat by `useChat`, as its package is. `openChat(id, resume)` mounts it.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { createRoot } from "react-dom/client";

/** The question of the page: a site keeps it over a reload. */
const question = (text) => ({ id: "question", role: "user", parts: [{ type: "text", text }] });

function Chat({ id, asked, resume }) {
  const { messages, status, error, sendMessage, resumeStream, stop } = useChat({
    id,
    resume,
    messages: asked ? [question(asked)] : [],
    transport: new DefaultChatTransport({
      api: "/chat",
      prepareSendMessagesRequest: (request) => ({
        api: `/chat/${id}`,
        body: { messages: request.messages },
      }),
    }),
  });
  const answers = messages.filter(({ role }) => role === "assistant");
  const texts = answers.flatMap(({ parts }) => parts.filter(({ type }) => type === "text"));
  return (
    <>
      <pre id="answer">{texts.map(({ text }) => text).join("")}</pre>
      <output id="status">{status}</output>
      <p id="count">{messages.length}</p>
      <p role="alert">{error?.message}</p>
      <button onClick={() => sendMessage({ text: window.wanted })}>Send</button>
      <button onClick={() => resumeStream()}>Resume</button>
      <button onClick={() => stop()}>Stop</button>
    </>
  );
}

window.openChat = (id, wanted, resume) => {
  window.wanted = wanted;
  createRoot(document.body).render(<Chat id={id} asked={resume && wanted} resume={resume} />);
};
