"""The checklist of the runs of a project: every format is one module, a pure function of an overview.

A format module has ``render(overview, terminal) -> str``; they are imported when asked for.
"""

from __future__ import annotations

import importlib

from wbcheck.report.checklist.overview import Overview
from wbcheck.report.context import Terminal

FORMATS: dict[str, str] = {
    "table": "wbcheck.report.checklist.table",
    "json": "wbcheck.report.checklist.json",
    "html": "wbcheck.report.checklist.html",
}
"""Where each format lives."""


def render(output_format: str, overview: Overview, terminal: Terminal) -> str:
    """The checklists as one text, ready to be written. Raises ``KeyError`` for an unknown format."""
    text: str = importlib.import_module(FORMATS[output_format]).render(overview, terminal)
    return text
