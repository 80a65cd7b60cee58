"""The types of events, compiled by TypeScript with a page that uses them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness import npm
from harness.commands import said
from sse_pipeline.events import LAST, declare


@dataclass
class Progress:
    share: float
    step: Literal["read", "write"] | None = None


PAGE = """\
import { dataOf, type Frame, type Frames } from "./events";

const source = new EventSource("/streams/1/events/");
source.addEventListener("progress", (message) => {
  const { share, step } = dataOf("progress", message);
  const width: number = share * 100;
  if (step === "read" || step === "write") console.log(step.length, width);
});
export function show(frame: Frame): string {
  switch (frame.type) {
    case "text":
      return frame.chunk;
    case "complete":
      return Object.values(frame.components).map((entry) => entry.status).join();
    case "words":
      return frame.words.map((word) => word.word + String(word.from)).join(" ");
    default:
      return frame.type;
  }
}
export const progress: Frames["progress"] = { type: "progress", share: 0.5 };
// @ts-expect-error: a wrong type
export const wrong: Frames["progress"] = { type: "progress", share: "half" };
// @ts-expect-error: there is no such field
export const missing = (frame: Frames["text"]) => frame.text;
"""
FLAGS = [
    "--strict", "--noEmit", "--target", "es2022", "--module", "esnext", "--lib", "es2022,dom",
    "--moduleResolution", "bundler", "--skipLibCheck",
]  # fmt: skip


def test_a_page_compiles_strictly_against_the_types(tmp_path: Path) -> None:
    declare("progress", merge=LAST)(Progress)
    (tmp_path / "events.ts").write_text(said("sse_types", "typescript"))
    (tmp_path / "page.ts").write_text(PAGE)
    compiler = npm.FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", compiler, *FLAGS, tmp_path / "page.ts"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
