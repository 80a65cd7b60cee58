import { canDecodeOpus } from "../sse_pipeline/client/speech.js";
import { Answer, sound } from "./answer.js";
import { find } from "./elements.js";
import { Refused, post } from "./requests.js";

const form = /** @type {HTMLFormElement} */ (find("ask"));
/** @type {Answer | null} */
let answer = null;

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
showKind();
showSpeed();

/** Send the form, and show its answer in the place of the last one. */
async function ask() {
  const wanted = request();
  find("answer").disabled = true;
  find("refusal").hidden = true;
  try {
    const paths = await post("answers/", wanted);
    answer?.leave();
    answer = new Answer(paths, wanted.speech);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    find("refusal").textContent = error.message;
    find("refusal").hidden = false;
  } finally {
    find("answer").disabled = false;
  }
}

/** The document of `POST /answers/`. */
function request() {
  const kind = form.kind.value;
  return {
    [kind]: form[kind].value,
    speech: form.speech.checked,
    ...(form.speech.checked && canDecodeOpus() && { codec: "opus" }),
    speed: Number(form.speed.value),
    ...(kind === "text" && { tokens_per_second: Number(form.tokens_per_second.value) }),
    fault: form.fault.value || null,
  };
}

function showKind() {
  for (const field of form.querySelectorAll("[data-kind]")) {
    const wanted = field.dataset.kind === form.kind.value;
    field.hidden = !wanted;
    field.querySelector("textarea, input").disabled = !wanted;
  }
}

function showSpeed() {
  find("speed-shown").value = `${Number(form.speed.value)}×`;
}
