import { OPUS_RATE, SpeechPlayer, canDecodeOpus } from "../sse_pipeline/client/speech.js";
import { enable, find, seconds } from "./elements.js";

const NOTES = {
  unavailable: "There is no audio device. The text goes on.",
  suspended: "The browser holds the sound back.",
  stopped: "The sound was stopped.",
};

/** Plays the speech of an answer, shows its progress, and marks the word that is heard. */
export class Sound {
  #player = new SpeechPlayer({
    // Packets of Opus join to the sample at their own rate only.
    ...(canDecodeOpus() && { sampleRate: OPUS_RATE }),
    onState: () => this.#draw(),
    onWord: (word) => this.#mark(word),
  });
  #text;
  #drawing = false;
  #stoppedAt = null;

  /** @param {import("../sse_pipeline/client/speech.js").SpokenText} text */
  constructor(text) {
    this.#text = text;
    find("stop").addEventListener("click", () => this.stop());
    find("play").addEventListener("click", () => {
      find("stop").focus(); // the other one hides
      this.unlock();
    });
  }

  /** Prepare for sound, in the handler of a click or a key. */
  unlock() {
    this.#player.unlock();
  }

  /**
   * @param {boolean} speech  whether the answer has speech
   * @param {number} [heardMs]  how much of it was heard before
   */
  begin(speech, heardMs) {
    this.#player.begin(heardMs);
    this.#stoppedAt = null;
    find("sound").hidden = !speech;
    this.#draw();
  }

  words(data) {
    this.#player.addWords(data);
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
    find("heard").max = receivedMs || 1;
    find("heard").value = position;
    const heard = `${seconds(position)} of ${seconds(receivedMs)} heard`;
    find("sound-note").textContent = NOTES[state] ?? (receivedMs ? heard : "Nothing spoken");
    find("play").hidden = state !== "suspended";
    enable("stop", pending);
  }

  #mark(word) {
    if (word) this.#text.mark(word.from, word.to);
    else this.#text.unmark();
  }
}
