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
"""
FLAGS = ["--strict", "--noEmit", "--target", "es2022", "--module", "esnext", "--lib", "es2022,dom"]


def compile_page(folder: Path, page: str) -> "subprocess.CompletedProcess[str]":
    (folder / "events.ts").write_text(said("sse_types", "typescript"))
    (folder / "page.ts").write_text(page)
    compiler = npm.FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    return subprocess.run(
        ["node", compiler, *FLAGS, "--moduleResolution", "bundler", folder / "page.ts"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_page_compiles_strictly_against_the_types(tmp_path: Path) -> None:
    declare("progress", merge=LAST)(Progress)
    done = compile_page(tmp_path, PAGE)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = compile_page(tmp_path, PAGE.replace("frame.chunk", "frame.chunk * frame.text"))
    assert wrong.returncode != 0
    assert "'text' does not exist" in wrong.stdout
