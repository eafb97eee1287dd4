"""Reports: every output format is one module, a pure function of diagnostics and a context.

A format module has ``render(diagnostics, context) -> str``. They are imported when asked
for, and ``full`` alone imports ``rich``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context

FORMATS: dict[str, str] = {
    "full": "wbcheck.report.full",
    "concise": "wbcheck.report.concise",
    "grouped": "wbcheck.report.grouped",
    "json": "wbcheck.report.json",
    "json-lines": "wbcheck.report.json_lines",
    "sarif": "wbcheck.report.sarif",
    "github": "wbcheck.report.github",
    "gitlab": "wbcheck.report.gitlab",
    "junit": "wbcheck.report.junit",
    "rdjson": "wbcheck.report.rdjson",
    "azure": "wbcheck.report.azure",
    "lsp": "wbcheck.report.lsp",
    "html": "wbcheck.report.html",
}
"""Where each output format lives: a module with ``render(diagnostics, context) -> str``."""

STATISTICS = "statistics"
"""What ``--statistics`` prints in the place of a report."""
_MODULES = {**FORMATS, STATISTICS: "wbcheck.report.statistics"}

FRAMES_AT_MOST = 20
"""Up to this many findings a terminal gets frames (``full``), beyond it lines (``concise``)."""


def default_format(findings: int, context: Context) -> str:
    """The format nobody asked for: ``full`` on a terminal with few findings, else ``concise``."""
    return "full" if context.terminal.interactive and findings <= FRAMES_AT_MOST else "concise"


def render(output_format: str, diagnostics: Iterable[Diagnostic], context: Context) -> str:
    """The report as one text, ready to be written; diagnostics are put into their order here.

    Raises ``KeyError`` for a format that there is not.
    """
    module = importlib.import_module(_MODULES[output_format])
    text: str = module.render(sorted(diagnostics, key=lambda each: each.order), context)
    return text
