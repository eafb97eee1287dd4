"""What a language server publishes: ``textDocument/publishDiagnostics`` (LSP 3.17), one object a file.

Positions count from 0, characters in UTF-16 code units, as in every client that does not ask otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

import msgspec

from wbcheck.diagnostic import Diagnostic, Severity
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, Place, Point, as_json, entries

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One line of JSON a file that has findings."""
    return "".join(as_json(each, context.terminal, indent=0) for each in published(diagnostics, context))


def published(
    diagnostics: Sequence[Diagnostic],
    context: Context,
    column: Callable[[Point], int] = lambda point: point.utf16_column,
) -> Iterator[dict[str, Any]]:
    """An object a file that has findings; ``column`` gives a point's column, from 1, in units of choice."""
    found = entries(diagnostics, context)
    lay = _Layer(context, column)
    for _, each in groupby(found, key=lambda each: each.diagnostic.path):
        yield lay.params(list(each))


class _Layer(msgspec.Struct, frozen=True):
    """Puts entries into LSP's words."""

    context: Context
    column: Callable[[Point], int]

    def params(self, found: list[Entry]) -> dict[str, Any]:
        return {
            "uri": uri(found[0].place.path, self.context),
            "diagnostics": [self._diagnostic(each) for each in found],
        }

    def _diagnostic(self, entry: Entry) -> dict[str, Any]:
        diagnostic = entry.diagnostic
        words = (f"{diagnostic.name}: {entry.message}", entry.why, entry.how)
        row: dict[str, Any] = {
            "range": self._range(entry.place),
            "severity": _SEVERITIES[diagnostic.severity],
            "code": diagnostic.code,
            "source": "wbcheck",
            "message": "\n".join(word for word in words if word),
        }
        if diagnostic.url:
            row["codeDescription"] = {"href": diagnostic.url}
        if entry.related:
            row["relatedInformation"] = [
                {
                    "location": {"uri": uri(place.path, self.context), "range": self._range(place)},
                    "message": message,
                }
                for place, message in entry.related
            ]
        row["data"] = {
            "name": diagnostic.name,
            "fingerprint": entry.fingerprint.whole,
            "fix": self._fix(entry),
        }
        return row

    def _fix(self, entry: Entry) -> dict[str, Any] | None:
        if entry.fix is None:
            return None
        changes: dict[str, list[dict[str, Any]]] = {}
        for edit in entry.edits:
            own = changes.setdefault(uri(edit.place.path, self.context), [])
            own.append({"range": self._range(edit.place), "newText": edit.content})
        return {
            "title": entry.fix.message,
            "applicability": entry.fix.applicability.value,
            "edit": {"changes": changes},
        }

    def _range(self, place: Place) -> dict[str, Any]:
        return {"start": self._position(place.start), "end": self._position(place.end)}

    def _position(self, point: Point) -> dict[str, int]:
        return {"line": point.row - 1, "character": self.column(point) - 1}


def uri(path: str, context: Context) -> str:
    """The ``file:`` address of a path that is relative to the report's root."""
    if path == "-":
        return "untitled:stdin"
    whole = path if path.startswith("/") or path[1:2] == ":" else f"{context.root.rstrip('/')}/{path}"
    written = quote(whole.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/:")
    return "file://" + ("" if written.startswith("/") else "/") + written
