"""The configuration of Sphinx, which makes the site of the documents: `make docs`."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

project = "sse_pipeline"
author = "the authors of sse_pipeline"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinxcontrib.mermaid"]
exclude_patterns = ["lifecycle.py"]
default_role = "code"
html_theme = "furo"
html_copy_source = False
html_show_copyright = False
html_title = "sse_pipeline"
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def setup(app: Any) -> None:
    """Mend what the extensions misread."""
    app.connect("source-read", _draw)
    app.connect("autodoc-process-docstring", _keep_sentence, priority=400)  # before Napoleon's 500


def _draw(app: Any, name: str, source: list[str]) -> None:
    """Draw the diagrams. MyST would take the front matter of one for options."""
    source[0] = re.sub(
        r"```mermaid\n(---\n.*?---\n)?", "```{mermaid}\n", source[0], flags=re.DOTALL
    )


def _keep_sentence(app: Any, what: str, *described: Any) -> None:
    """Let Napoleon take no sentence of a property for its type, as it does before a colon."""
    *_, lines = described
    if what == "property":
        lines[0] = lines[0].replace(": ", "; ", 1)
