import { OPUS_RATE, canDecodeOpus } from "../sse_pipeline/opus.js";
import { Player } from "../sse_pipeline/player.js";
import { Words } from "../sse_pipeline/words.js";
import { find, seconds } from "./elements.js";

const NOTES = {
  unavailable: "There is no audio device. The text goes on.",
  suspended: "The browser holds the sound back.",
  stopped: "The sound was stopped.",
};

/** Plays the speech of an answer, shows its progress, and marks the word that is heard. */
export class Sound {
  #player = new Player({
    // Packets of Opus join to the sample at their own rate only.
    ...(canDecodeOpus() && { sampleRate: OPUS_RATE }),
    onState: () => this.#draw(),
  });
  #words = new Words();
  #text;
  #word;
  #drawing = false;
  #stoppedAt = null;

  /** @param {import("../sse_pipeline/text.js").SpokenText} text */
  constructor(text) {
    this.#text = text;
    find("stop").addEventListener("click", () => this.stop());
    find("play").addEventListener("click", () => this.unlock());
  }

  /** Prepare for sound, in the handler of a click or a key. */
  unlock() {
    this.#player.unlock();
  }

  /** @param {boolean} speech  whether the answer has speech */
  begin(speech) {
    this.#words.clear();
    this.#player.begin();
    this.#stoppedAt = null;
    find("sound").hidden = !speech;
    this.#draw();
  }

  words({ words }) {
    this.#words.append(words);
  }

  audio(chunk) {
    this.#player.play(chunk);
    this.#draw();
  }

  /** How much of the speech was heard, in whole milliseconds. */
  get heardMs() {
    return this.#stoppedAt ?? Math.max(0, Math.floor(this.#player.position));
  }

  stop() {
    this.#stoppedAt = this.heardMs;
    this.#player.stop();
  }

  #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#show();
      if (this.#player.pending) this.#draw();
    });
  }

  #show() {
    const { state, position, receivedMs, pending } = this.#player;
    const word = pending ? this.#words.at(position) : undefined;
    if (word !== this.#word) this.#mark(word);
    find("heard").max = receivedMs || 1;
    find("heard").value = position;
    const heard = `${seconds(position)} of ${seconds(receivedMs)} heard`;
    find("sound-note").textContent = NOTES[state] ?? (receivedMs ? heard : "Nothing spoken");
    find("play").hidden = state !== "suspended";
    find("stop").disabled = !pending;
  }

  #mark(word) {
    this.#word = word;
    if (word) this.#text.mark(word.from, word.to);
    else this.#text.unmark();
  }
}
