import { openStream } from "../sse_pipeline/client/index.js";
import { SpokenText } from "../sse_pipeline/client/speech.js";
import { Citations } from "./citations.js";
import { Components } from "./components.js";
import { Continuity } from "./continuity.js";
import { enable, find } from "./elements.js";
import { FrameLog } from "./frames.js";
import { Machine } from "./machine.js";
import { Refused, post } from "./requests.js";
import { save } from "./saved.js";
import { completion, drain, failure } from "./sentences.js";
import { Sound } from "./sound.js";
import { StatusWatch } from "./status.js";

const OVER = ["ended", "refused"];
const CAN_BREAK = ["connecting", "open", "lost"];
/** The sentence for a lost connection, by the last id. */
const INTERRUPTIONS = {
  paused: (id) => `Broken after ${id}. The server goes on without this page.`,
  lost: (id) => `Lost after ${id}. The page comes back by itself.`,
  refused: (id) => `Refused after ${id}. The server does not give the stream to this page.`,
};

const HELP = find("continuity").textContent;

const text = new SpokenText(find("text"));
const machine = new Machine(find("machine"));
const components = new Components(find("components"), find("no-components"));
const citations = new Citations(find("citations"));
const log = new FrameLog(find("frames"));

/** The sound of the page: one for all answers. */
export const sound = new Sound(text);

/** One answer on the page, from the first frame of its stream to the last. */
export class Answer {
  #paths;
  #speech;
  #question;
  #restored;
  #counts = false;
  #stream;
  #status;
  #continuity = new Continuity();
  #frames = 0;
  #handlers = {
    stream: () => machine.show("streaming"),
    text: ({ chunk }) => text.append(chunk),
    citation: (citation) => citations.add(citation),
    audio: (chunk) => sound.audio(chunk),
    words: (words) => sound.words(words),
    component: ({ component, restart, ...rest }) => {
      if (restart) this.#restart(component);
      components.show(component, rest);
    },
    draining: (data) => this.#drain(data),
    stream_error: ({ message }) => this.#say(`${message}.`),
    complete: (data) => this.#end("complete", completion(data), data),
    errored: (data) => this.#end("errored", failure(data), data),
    gap: ({ reset }) => reset && this.#clear(),
  };

  /**
   * @param {{events: string, status: string, stop: string, cancel: string}} paths
   * @param {object} asked
   * @param {boolean} asked.speech  whether the answer has speech
   * @param {string} [asked.question]  what the model was asked
   * @param {number} [asked.heardMs]  how much was heard before the page was loaded again
   */
  constructor(paths, { speech, question = "", heardMs }) {
    this.#paths = paths;
    this.#speech = speech;
    this.#question = question;
    this.#restored = heardMs !== undefined;
    this.#clear();
    sound.begin(speech, heardMs);
    this.#say(speech ? "Text and speech are on their way." : "Text is on its way.");
    this.save();
    this.#stream = openStream(paths.events, {
      onEvent: (frame) => this.#receive(frame),
      onState: (state) => this.#connect(state),
    });
    this.#status = new StatusWatch(paths.status, (status) => this.#describe(status));
  }

  /** The turn of the conversation that this answer is; null for none. */
  get turn() {
    const said = find("text").textContent;
    return this.#counts && this.#question && said ? { question: this.#question, answer: said } : null;
  }

  /** Keep what the page needs to go on if it is loaded again. */
  save() {
    save({ paths: this.#paths, speech: this.#speech, question: this.#question, heardMs: sound.heardMs });
  }

  break() {
    this.#stream.pause();
  }

  resume() {
    this.#stream.resume();
  }

  /** Stop the answer: what there is counts. The server keeps how much of it was heard. */
  async enough() {
    const heard = sound.heardMs;
    await this.#leaveOff(heard ? `${this.#paths.stop}?heard_ms=${heard}` : this.#paths.stop);
  }

  /** Cancel the answer at the server, and stop the sound at once. */
  async cancel() {
    await this.#leaveOff(this.#paths.cancel);
  }

  async #leaveOff(path) {
    sound.stop();
    try {
      await post(path);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#say(error.message);
    }
  }

  /** Let another answer take this place. */
  leave() {
    this.#status.stop();
    if (this.#stream.state === "ended") return;
    this.#stream.close();
    post(this.#paths.cancel).catch(() => {});
  }

  /** Forget what a component has sent: another attempt begins anew. The others go on. */
  #restart(component) {
    if (component === "text_generation") text.clear();
    if (component === "tts_processing") sound.begin(true);
    if (component === "retrieval") citations.clear();
  }

  /** Show nothing of an answer. */
  clear() {
    this.#question = "";
    this.#clear();
    find("text").ariaBusy = "false";
    this.#say("No stream yet.");
  }

  #clear() {
    text.clear();
    log.clear();
    components.clear();
    citations.clear();
    find("question").textContent = this.#question;
    find("question").hidden = !this.#question;
    machine.clear();
    find("text").ariaBusy = "true";
    find("waiting").textContent = "";
    find("continuity").textContent = HELP;
  }

  #receive(frame) {
    this.#frames += 1;
    const resumed = this.#continuity.check(frame);
    if (resumed) this.#remark(resumed);
    log.add(frame);
    this.#count();
    this.#handlers[frame.event]?.(frame.data);
  }

  #connect(state) {
    if (state === "closed") return; // another answer has this place
    if (state === "refused") this.#giveUp();
    find("connection").textContent = state;
    find("connection").dataset.connection = state;
    enable("break", CAN_BREAK.includes(state));
    enable("resume", state === "paused");
    for (const name of ["enough", "cancel"]) enable(name, !OVER.includes(state));
    const interruption = INTERRUPTIONS[state]?.(this.#stream.lastEventId);
    if (interruption) {
      this.#continuity.interrupt(this.#stream.lastEventId);
      this.#remark(interruption);
    }
  }

  /** The server gives no such stream: after a reload it may be forgotten by now. */
  #giveUp() {
    this.#status.stop();
    find("text").ariaBusy = "false";
    find("waiting").textContent = "";
    save(null);
    this.#say(this.#restored ? "The last answer is no longer kept." : "The server does not give the stream.");
  }

  #describe({ components: ledger, waiting_for: waiting }) {
    components.showAll(ledger);
    find("waiting").textContent = waiting ?? "The stream has ended; the rest of it can be read.";
  }

  #drain(data) {
    machine.show("draining");
    find("waiting").textContent = ""; // what was asked before the drain
    this.#say(drain(data));
  }

  #end(state, sentence, { components: ledger, reason }) {
    this.#status.stop();
    machine.show(state, reason);
    components.showAll(ledger);
    this.#say(sentence);
    find("waiting").textContent = "";
    find("text").ariaBusy = "false";
    this.#counts = state === "complete";
    this.#conclude();
  }

  #conclude() {
    const { connections } = this.#stream;
    const times = `${connections} connection${connections === 1 ? "" : "s"}`;
    const sentence = `${this.#frames} frames over ${times}, ${this.#continuity.verdict}.`;
    find("continuity").textContent =
      connections === 1 ? sentence : `${find("continuity").textContent} In all, ${sentence}`;
  }

  #count() {
    find("frame-count").textContent = String(this.#frames);
    find("last-id").textContent = String(this.#stream.lastEventId);
    find("connection-count").textContent = String(this.#stream.connections);
  }

  #remark(sentence) {
    log.remark(sentence);
    find("continuity").textContent = sentence;
  }

  #say(sentence) {
    find("outcome").textContent = sentence;
  }
}
