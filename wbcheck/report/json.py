"""The findings as a JSON list, in the shape that ruff's consumers already read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wbcheck.diagnostic import Diagnostic, Edit, Fix, Label, Position, Span
from wbcheck.fingerprint import fingerprints
from wbcheck.report.context import Context
from wbcheck.report.machine import as_json
from wbcheck.source.unit import Unit


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """All findings as one indented JSON list with a final line feed."""
    rows = objects(diagnostics, context)
    return as_json(rows, context.terminal)


def objects(diagnostics: Sequence[Diagnostic], context: Context) -> list[dict[str, Any]]:
    """One plain object a finding: positions are 1-based, columns count characters.

    In a notebook rows are within ``cell``, the 1-based code cell; only there do edits and related
    places carry a ``cell`` of their own, for they may lie in another one. ``noqa_row`` is the row
    at whose end a suppression comment holds. A fix that would spell out a secret is left out.
    """
    mask = context.masker(diagnostics)
    marks = fingerprints(diagnostics, context.sources, context.relative)
    return [_object(each, mark.whole, mask, context) for each, mark in zip(diagnostics, marks, strict=True)]


def _object(
    diagnostic: Diagnostic, fingerprint: str, mask: Callable[[str], str], context: Context
) -> dict[str, Any]:
    where = diagnostic.range
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": mask(diagnostic.message),
        "severity": diagnostic.severity.value,
        "filename": context.absolute(diagnostic.path),
        "cell": where.start.cell or None,
        "location": _location(where.start),
        "end_location": _location(where.end),
        "related": [
            place for label in diagnostic.related if (place := _related(label, diagnostic, mask, context))
        ],
        "fix": _fix(diagnostic.fix, diagnostic, mask, context),
        "url": diagnostic.url or None,
        "fingerprint": fingerprint,
        "noqa_row": _noqa_row(diagnostic, context.sources(diagnostic.path)),
    }


def _location(position: Position) -> dict[str, int]:
    return {"row": position.row, "column": position.column}


def _span(span: Span, unit: Unit) -> dict[str, Any]:
    where = unit.locate(span)
    cell = {"cell": where.start.cell} if where.start.cell else {}
    return {**cell, "location": _location(where.start), "end_location": _location(where.end)}


def _related(
    label: Label, diagnostic: Diagnostic, mask: Callable[[str], str], context: Context
) -> dict[str, Any] | None:
    path = label.path or diagnostic.path
    unit = context.sources(path)
    if unit is None:
        return None
    return {"message": mask(label.message), "filename": context.absolute(path), **_span(label.span, unit)}


def _fix(
    fix: Fix | None, diagnostic: Diagnostic, mask: Callable[[str], str], context: Context
) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [_edit(edit, edit.path or diagnostic.path, context) for edit in fix.edits]
    if None in edits or any(mask(edit.content) != edit.content for edit in fix.edits):
        return None
    return {"applicability": fix.applicability.value, "message": mask(fix.message), "edits": edits}


def _edit(edit: Edit, path: str, context: Context) -> dict[str, Any] | None:
    unit = context.sources(path)
    if unit is None:
        return None
    return {"filename": context.absolute(path), "content": edit.content, **_span(edit.span, unit)}


def _noqa_row(diagnostic: Diagnostic, unit: Unit | None) -> int:
    if unit is None or diagnostic.statement is None:
        return diagnostic.range.start.row
    return unit.locate(diagnostic.statement).end.row
