"""The checklists as JSON, for programs."""

from __future__ import annotations

from typing import Any

from wbcheck.checklist import ITEMS
from wbcheck.report.checklist.overview import Cell, Overview, Row
from wbcheck.report.context import Terminal
from wbcheck.report.lineage.json import finding, plain, run_of
from wbcheck.report.machine import as_json

VERSION = 1
"""Counts up when a key changes its meaning or goes."""


def render(overview: Overview, terminal: Terminal) -> str:
    """One object: ``version``, ``runs`` with a ``checklist`` each, ``items``, ``lineage``."""
    value = {
        "version": VERSION,
        "runs": [_row(row) for row in overview.rows],
        "items": [
            {"section": item.section, "name": item.name, **_share(overview.total(item))} for item in ITEMS
        ],
        "lineage": plain(overview.picture),
    }
    return as_json(value, terminal)


def _row(row: Row) -> dict[str, Any]:
    return {
        **run_of(row.node),
        "sections": {section: _share(count) for section, count in row.counts.items()},
        "checklist": [_cell(cell) for cell in row.cells],
    }


def _share(count: tuple[int, int]) -> dict[str, int]:
    return {"holds": count[0], "known": count[1]}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "section": cell.item.section,
        "name": cell.item.name,
        "answer": cell.answer.value,
        "findings": list(map(finding, cell.marks)),
    }
