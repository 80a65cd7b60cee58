// Shows what a stream is doing, as the server tells it: the server makes the text and escapes it.

const report = document.getElementById("sse-inspection");
const link = document.getElementById("sse-link");
const actions = document.getElementById("sse-actions");
const source = new EventSource(report.dataset.source);

function say(text) {
  link.textContent = text;
  link.hidden = !text;
}

source.addEventListener("open", () => say(""));

source.addEventListener("inspection", ({ data }) => {
  const { html, state } = JSON.parse(data);
  report.innerHTML = html;
  report.dataset.state = state;
  if (state === "complete" || state === "errored") {
    source.close();
    actions?.remove();
  }
});

source.addEventListener("error", () => {
  const over = source.readyState === EventSource.CLOSED;
  say(over ? "This page is not live: load it again to see more." : "Connecting again …");
});
