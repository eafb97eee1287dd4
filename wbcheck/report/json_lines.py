"""The objects of the ``json`` format, one a line."""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.json import objects
from wbcheck.report.machine import as_json


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One JSON object a line, nothing where nothing is found."""
    return "".join(as_json(row, context.terminal, indent=0) for row in objects(diagnostics, context))
