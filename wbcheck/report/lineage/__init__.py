"""The lineage graph for people and programs: every format is one module, a pure function of a picture.

A format module has ``render(picture, terminal) -> str``; they are imported when asked for.
"""

from __future__ import annotations

import importlib

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.picture import Picture

FORMATS: dict[str, str] = {
    "tree": "wbcheck.report.lineage.tree",
    "mermaid": "wbcheck.report.lineage.mermaid",
    "dot": "wbcheck.report.lineage.dot",
    "json": "wbcheck.report.lineage.json",
    "html": "wbcheck.report.lineage.html",
}
"""Where each format lives."""


def render(output_format: str, picture: Picture, terminal: Terminal) -> str:
    """The graph as one text, ready to be written. Raises ``KeyError`` for a format not in ``FORMATS``."""
    text: str = importlib.import_module(FORMATS[output_format]).render(picture, terminal)
    return text
