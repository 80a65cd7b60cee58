// Shows live reports on a stream. The server renders and escapes the HTML.
// A page that is not visible closes its connection, and opens a new one when it is visible again.

const report = document.getElementById("sse-inspection");
const link = document.getElementById("sse-link");
const actions = document.getElementById("sse-actions");
let source = null;
let over = false;

function say(text) {
  link.textContent = text;
  link.hidden = !text;
}

/** Put the parts of a report in the place of the old ones. What has the focus keeps it, and its place. */
function replace(html) {
  const { id, scrollLeft } = document.activeElement;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of report.querySelectorAll(":scope > div")) part.replaceWith(fresh.getElementById(part.id));
  const focused = document.getElementById(id);
  if (!focused || focused === document.activeElement) return;
  focused.focus({ preventScroll: true });
  focused.scrollLeft = scrollLeft;
}

function show({ data }) {
  const { html, state, final } = JSON.parse(data);
  replace(html);
  report.dataset.state = state;
  if (state === "complete" || state === "errored") actions?.remove();
  if (final) {
    over = true;
    close();
  }
}

function fail() {
  over = source.readyState === EventSource.CLOSED;
  say(over ? link.dataset.over : link.dataset.connecting);
}

function open() {
  if (source || over) return;
  source = new EventSource(report.dataset.source);
  source.addEventListener("open", () => say(""));
  source.addEventListener("inspection", show);
  source.addEventListener("error", fail);
}

function close() {
  source?.close();
  source = null;
}

function follow() {
  if (document.hidden) close();
  else open();
}

// Above the frames, which may be many, and outside of what is replaced.
if (actions) report.lastElementChild.before(actions);
document.addEventListener("visibilitychange", follow);
follow();
