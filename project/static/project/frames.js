import { bytes, element, howFar, seconds } from "./elements.js";

/** The number of rows that are shown at most. */
const ROWS = 1000;
/** The number of characters that are shown of a frame's data. */
const CHARACTERS = 300;

/** Logs the frames of a stream, and the changes of its connection between them. */
export class FrameLog {
  #pane;
  #body;
  #following = false;

  /** @param {HTMLElement} pane  scrolls the table */
  constructor(pane) {
    this.#pane = pane;
    this.#body = pane.querySelector("tbody");
  }

  clear() {
    this.#body.replaceChildren();
  }

  /** @param {import("../sse_pipeline/client/index.js").Frame} frame */
  add({ id, event, data }) {
    const cells = [String(id ?? ""), event, summary(event, data)];
    const row = element("tr", "", cells.map((text) => element("td", "", text)));
    row.dataset.id = id ?? "";
    row.dataset.event = event;
    row.dataset.reason = data.reason ?? "";
    this.#append(row);
  }

  /** @param {string} text */
  remark(text) {
    const cell = element("td", "", text);
    cell.colSpan = 3;
    this.#append(element("tr", "remark", [cell]));
  }

  #append(row) {
    this.#body.append(row);
    if (this.#body.childElementCount > ROWS) this.#body.firstElementChild.remove();
    if (!this.#following) requestAnimationFrame(() => this.#follow());
    this.#following = true;
  }

  #follow() {
    this.#following = false;
    if (!this.#pane.matches(":hover, :focus")) this.#pane.scrollTop = this.#pane.scrollHeight;
  }
}

const SUMMARIES = {
  text: ({ chunk, offset }) => `${JSON.stringify(chunk)} at ${offset}`,
  audio: ({ segment, index, start_ms: start, duration_ms: duration, audio }) =>
    `segment ${segment}, chunk ${index}: ${seconds(duration)} at ${seconds(start)}, ` +
    bytes(Math.floor((audio.length * 3) / 4)),
  words: ({ segment, words }) =>
    `segment ${segment}: ${words.map(({ word }) => word).join(" · ")}`,
  segment: ({ segment, status, reason, duration_ms: duration, first_audio_ms: first }) =>
    `segment ${segment}: ${status}${reason ? ` (${reason})` : ""}, ${seconds(duration)}` +
    (first === null ? "" : `, first audio after ${seconds(first)}`),
  component: ({ component, status, required, reason, ...more }) =>
    `${component}: ${status.replace("_", " ")}${required ? "" : ", optional"}` +
    (reason && reason !== status ? ` (${reason})` : "") +
    said(more),
  stream: ({ components }) => `it begins, with ${components.join(" and ") || "no component yet"}`,
  draining: ({ reason, waiting_for: waiting }) => `${reason}: waits for ${waiting.join(" and ")}`,
  stream_error: ({ component, message }) => `${component ? `${component}: ` : ""}${message}`,
  complete: ({ message, stopped, components }) => `${stopped ? "stopped" : message}; ${ledger(components)}`,
  errored: ({ reason, components }) => `${reason}; ${ledger(components)}`,
  gap: ({ reset, from, to }) => (reset ? "all frames come again" : `frames ${from} to ${to} are not held any more`),
};

/** What a component says of itself: that an attempt begins, what it waits for, how far it is. */
function said({ attempt, restart, waiting, progress }) {
  const parts = [];
  if (restart !== undefined) parts.push(`attempt ${attempt} ${restart ? "begins anew" : "goes on"}`);
  if (waiting) parts.push(`waits for ${waiting}`);
  if (progress) parts.push(howFar(progress));
  return parts.map((part) => `, ${part}`).join("");
}

function ledger(components) {
  const entries = Object.entries(components);
  return entries.map(([name, { status, frames }]) => `${name} ${status}, ${frames} frames`).join("; ");
}

function summary(event, { type: _, ...data }) {
  return (SUMMARIES[event] ?? JSON.stringify)(data).slice(0, CHARACTERS);
}
