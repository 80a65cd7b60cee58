// A page of React that shows streams by `useStream`. `openPage(url)` mounts it.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { useStream } from "sse-pipeline/react";

function Shown({ url }) {
  const { value, state, outcome, error } = useStream(url, {
    initial: [],
    reduce: (ids, { id }) => [...ids, id],
    retry: 0.02,
  });
  return (
    <p id="shown" data-state={state} data-outcome={outcome} data-status={error?.status}>
      {value.join(" ")}
    </p>
  );
}

let root = null;

window.openPage = (url) => {
  root ??= createRoot(document.body);
  root.render(<StrictMode>{url && <Shown url={url} />}</StrictMode>);
};
