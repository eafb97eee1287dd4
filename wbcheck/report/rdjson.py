"""reviewdog's diagnostic format (``rdjson``); its columns count bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, Place, Point, as_json, chosen, entries

_SEVERITIES = ("ERROR", "WARNING", "INFO")


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One JSON object, a ``DiagnosticResult``."""
    rows = [_row(each) for each in entries(diagnostics, context)]
    return as_json({"source": {"name": "wbcheck"}, "diagnostics": rows}, context.terminal)


def _row(entry: Entry) -> dict[str, Any]:
    code = {"value": entry.diagnostic.code}
    if entry.diagnostic.url:
        code["url"] = entry.diagnostic.url
    row: dict[str, Any] = {
        "message": "\n".join(
            part for part in (f"{entry.diagnostic.name}: {entry.message}", entry.how) if part
        ),
        "location": _location(entry.place),
        "severity": chosen(_SEVERITIES, entry.diagnostic.severity),
        "code": code,
    }
    # A suggestion has no path: it is about the file that is diagnosed.
    if entry.edits and all(edit.place.path == entry.place.path for edit in entry.edits):
        row["suggestions"] = [{"range": _range(edit.place), "text": edit.content} for edit in entry.edits]
    if entry.related:
        row["related_locations"] = [
            {"message": message, "location": _location(place)} for place, message in entry.related
        ]
    return row


def _location(place: Place) -> dict[str, Any]:
    return {"path": place.path, "range": _range(place)}


def _range(place: Place) -> dict[str, Any]:
    return {"start": _position(place.start), "end": _position(place.end)}


def _position(point: Point) -> dict[str, int]:
    return {"line": point.row, "column": point.byte_column}
