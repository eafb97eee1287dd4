"""Reports: every output format is one module, a pure function of diagnostics and a context.

A format module has ``render(diagnostics, context) -> str``. They are imported when asked
for, so that ``concise`` and ``json`` never pay for ``rich``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context

FORMATS: dict[str, str] = {
    "concise": "wbcheck.report.concise",
    "full": "wbcheck.report.full",
    "json": "wbcheck.report.json",
}
"""Where each output format lives: a module with ``render(diagnostics, context) -> str``."""

FRAMES_AT_MOST = 20
"""Up to this many findings a terminal gets frames (``full``), beyond it lines (``concise``)."""


def default_format(findings: int, context: Context) -> str:
    """The format nobody asked for: ``full`` on a terminal with few findings, else ``concise``."""
    return "full" if context.terminal.interactive and findings <= FRAMES_AT_MOST else "concise"


def render(output_format: str, diagnostics: Iterable[Diagnostic], context: Context) -> str:
    """The report as one text, ready to be written; diagnostics are put into their order here.

    Raises ``KeyError`` for a format that is not in ``FORMATS``.
    """
    module = importlib.import_module(FORMATS[output_format])
    text: str = module.render(sorted(diagnostics, key=lambda each: each.order), context)
    return text
