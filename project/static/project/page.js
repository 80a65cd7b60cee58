import { canDecodeOpus } from "../sse_pipeline/client/speech.js";
import { Answer, sound } from "./answer.js";
import { Conversation } from "./conversation.js";
import { enable, find, guardButtons } from "./elements.js";
import { Refused, post } from "./requests.js";
import { save, saved } from "./saved.js";

const form = /** @type {HTMLFormElement} */ (find("ask"));
/** @type {Answer | null} */
let answer = null;
const conversation = new Conversation(find("turns"), Number(find("turns").dataset.most));

guardButtons();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sound.unlock();
  ask();
});
form.addEventListener("change", (event) => {
  if (event.target.name === "kind") showKind();
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
form.speed.addEventListener("input", showSpeed);
find("cancel").addEventListener("click", () => answer?.cancel());
find("enough").addEventListener("click", () => answer?.enough());
find("break").addEventListener("click", () => answer?.break());
find("resume").addEventListener("click", () => answer?.resume());
find("anew").addEventListener("click", () => {
  answer?.leave();
  answer?.clear();
  answer = null;
  save(null);
  conversation.become([]);
});
addEventListener("pagehide", () => answer?.save());
showKind();
showSpeed();
goOn();

/** Show the answer again that this page showed before it was loaded again. */
function goOn() {
  const last = saved();
  if (!last) return;
  sound.unlock();
  answer = new Answer(last.paths, last);
}

/** Send the form, and show its answer in the place of the last one. */
async function ask() {
  const turns = form.kind.value === "question" ? conversation.with(answer?.turn) : [];
  const wanted = request(turns);
  enable("answer", false);
  refuse(null);
  try {
    const paths = await post("answers/", wanted);
    answer?.leave();
    conversation.become(turns);
    answer = new Answer(paths, wanted);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error);
  } finally {
    enable("answer", true);
  }
}

/**
 * Say why the server refused, and put the focus where it can be mended.
 * @param {Refused | null} error
 */
function refuse(error) {
  find("refusal").textContent = error?.message ?? "";
  find("refusal").hidden = !error;
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const field = error?.field && form.elements.namedItem(error.field);
  if (!(field instanceof HTMLElement)) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/**
 * The document of `POST /answers/`.
 * @param {{question: string, answer: string}[]} history
 */
function request(history) {
  const kind = form.kind.value;
  return {
    [kind]: form[kind].value,
    speech: form.speech.checked,
    ...(form.speech.checked && canDecodeOpus() && { codec: "opus" }),
    speed: Number(form.speed.value),
    ...(history.length && { history }),
    ...(kind === "text" && { tokens_per_second: Number(form.tokens_per_second.value) }),
    fault: form.fault.value || null,
  };
}

function showKind() {
  for (const field of form.querySelectorAll("[data-kind]")) {
    const wanted = field.dataset.kind === form.kind.value;
    field.hidden = !wanted;
    const input = field.querySelector("textarea, input");
    if (input) input.disabled = !wanted;
  }
}

function showSpeed() {
  find("speed-shown").value = `${Number(form.speed.value)}×`;
}
