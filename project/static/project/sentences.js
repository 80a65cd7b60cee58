import { seconds } from "./elements.js";

/** Why a stream drains: the `reason` of its `draining` frame. */
const DRAINS = {
  mark_complete: "The text is done",
  finalize: "Everything was sent",
  stop: "Stopped",
  cancelled: "Cancelled",
  component_failed: "A required component failed",
  error_reported: "An error was reported",
  timeout: "It took too long",
  producer_lost: "A process was lost",
};
/** Why a stream ended `errored`: its `reason`. */
const ENDS = {
  component_failed: "a required component failed",
  error_reported: "an error was reported",
  timeout: "it took too long",
  producer_lost: "the process that worked on it was lost",
  overflow: "it sent too much",
  shutdown: "the server was stopped",
};

/** @param {{reason: string, waiting_for: string[]}} data  of a `draining` frame */
export function drain({ reason, waiting_for: waiting }) {
  return `${DRAINS[reason] ?? reason}: ${waiting.join(" and ")} may still finish.`;
}

/** @param {object} data  of a `complete` frame */
export function completion({ message, stopped, heard_ms: heard, components }) {
  if (!stopped) return `${message}${without(components)}.`;
  return heard === undefined ? "Stopped." : `Stopped after ${seconds(heard)} of speech.`;
}

/** @param {{message: string, reason: string}} data  of an `errored` frame */
export function failure({ message, reason }) {
  if (reason === "cancelled") return "The answer was cancelled.";
  return `${message}: ${ENDS[reason] ?? reason} (${reason}).`;
}

function without(components) {
  const names = Object.keys(components).filter((name) => components[name].status !== "complete");
  return names.length ? `, without ${names.join(" and ")}` : "";
}
