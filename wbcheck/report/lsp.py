"""What a language server publishes: ``textDocument/publishDiagnostics`` (LSP 3.17), one object a file.

Positions count from 0, characters in UTF-16 code units, as in every client that does not ask otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from wbcheck.diagnostic import Diagnostic, Severity
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, Place, Point, as_json, entries

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One line of JSON a file that has findings."""
    found = entries(diagnostics, context)
    files = groupby(found, key=lambda each: each.diagnostic.path)
    return "".join(as_json(_params(list(each), context), context, indent=0) + "\n" for _, each in files)


def _params(found: list[Entry], context: Context) -> dict[str, Any]:
    return {
        "uri": uri(found[0].place.path, context),
        "diagnostics": [_diagnostic(each, context) for each in found],
    }


def _diagnostic(entry: Entry, context: Context) -> dict[str, Any]:
    diagnostic = entry.diagnostic
    row: dict[str, Any] = {
        "range": _range(entry.place),
        "severity": _SEVERITIES[diagnostic.severity],
        "code": diagnostic.code,
        "source": "wbcheck",
        "message": "\n".join(part for part in (f"{diagnostic.name}: {entry.message}", entry.how) if part),
    }
    if diagnostic.url:
        row["codeDescription"] = {"href": diagnostic.url}
    if entry.related:
        row["relatedInformation"] = [
            {"location": {"uri": uri(place.path, context), "range": _range(place)}, "message": message}
            for place, message in entry.related
        ]
    row["data"] = {
        "name": diagnostic.name,
        "fingerprint": entry.fingerprint.whole,
        "fix": _fix(entry, context),
    }
    return row


def _fix(entry: Entry, context: Context) -> dict[str, Any] | None:
    if entry.fix is None:
        return None
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in entry.edits:
        own = changes.setdefault(uri(edit.place.path, context), [])
        own.append({"range": _range(edit.place), "newText": edit.content})
    return {
        "title": entry.fix.message,
        "applicability": entry.fix.applicability.value,
        "edit": {"changes": changes},
    }


def uri(path: str, context: Context) -> str:
    """The ``file:`` address of a path that is relative to the report's root."""
    if path == "-":
        return "untitled:stdin"
    whole = path if path.startswith("/") or path[1:2] == ":" else f"{context.root.rstrip('/')}/{path}"
    written = quote(whole.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/:")
    return "file://" + ("" if written.startswith("/") else "/") + written


def _range(place: Place) -> dict[str, Any]:
    return {"start": _position(place.start), "end": _position(place.end)}


def _position(point: Point) -> dict[str, int]:
    return {"line": point.row - 1, "character": point.utf16_column - 1}
