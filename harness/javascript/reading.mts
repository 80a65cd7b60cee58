// What a program writes: the types of the client module have to admit it, and to refuse what is wrong.
import { EventStream, StreamRefused, openStream, type Frame, type Options } from "sse-pipeline";
import { useStream } from "sse-pipeline/react";
import { SpeechPlayer, type AudioChunk } from "sse-pipeline/speech";

const options: Options = {
  onEvent: ({ id, event, data }: Frame) => console.log(id?.toFixed(), event.length, data.chunk),
  onState: (state, stream) => console.log(state === "lost", stream.lastEventId),
  headers: async () => ({ Authorization: "Bearer token" }),
  remember: "answer",
  share: true,
};
const stream: EventStream = openStream(new URL("https://example.com/streams/1/events/"), options);
for await (const { id, after } of stream) console.log((id ?? after).toFixed());
const outcome: "complete" | "errored" | null = await stream.finished;
console.log(outcome, new StreamRefused(404, "unknown").status.toFixed());

const player = new SpeechPlayer({ onWord: (word) => console.log(word?.from) });
player.rate = 1.5;
player.play({} as AudioChunk);

/** A component shows the text of a stream. */
export function useText(url: string | null): string {
  const { value, error } = useStream(url, {
    initial: "",
    reduce: (text, { event, data }) => (event === "text" ? text + data.chunk : text),
  });
  return error ? error.message : value;
}

// @ts-expect-error a state that is none
console.log(stream.state === "broken");
// @ts-expect-error an option that is none
openStream("/", { onFrame: () => {} });
// @ts-expect-error seconds are a number
openStream("/", { silence: "45" });
