"""GitLab's code quality report (the part of Code Climate's format that GitLab reads)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, Point, as_json, chosen, entries


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """A JSON list with one object a finding; paths are relative to the repository."""
    rows = [_row(each) for each in entries(diagnostics, context)]
    return as_json(rows, context.terminal)


def _row(entry: Entry) -> dict[str, Any]:
    start, end = entry.place.start, entry.place.end
    return {
        "type": "issue",
        "check_name": entry.diagnostic.code,
        "description": entry.headline,
        "content": {"body": "\n\n".join(part for part in (entry.why, entry.how) if part)},
        "categories": ["Bug Risk" if entry.diagnostic.severity.value == "error" else "Clarity"],
        "severity": chosen(("major", "minor", "info"), entry.diagnostic.severity),
        "fingerprint": entry.fingerprint.whole,
        "location": {
            "path": entry.place.path,
            "lines": {"begin": start.row, "end": end.row},
            "positions": {"begin": _position(start), "end": _position(end)},
        },
    }


def _position(point: Point) -> dict[str, int]:
    return {"line": point.row, "column": point.column}
