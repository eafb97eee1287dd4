"""The checklists as one page that needs no network, with the graph under them."""

from __future__ import annotations

from html import escape

from wbcheck.checklist import ITEMS, SECTIONS, Answer
from wbcheck.report.checklist.overview import Cell, Overview, Row
from wbcheck.report.context import Terminal
from wbcheck.report.lineage.json import plain
from wbcheck.report.standalone import Markup, graph_parts, page

_SIGNS = {Answer.YES: "✓", Answer.NO: "✗", Answer.UNKNOWN: "?", Answer.NOT_ASKED: "–"}
_WORDS = {Answer.YES: "yes", Answer.NO: "no", Answer.UNKNOWN: "unknown", Answer.NOT_ASKED: "asked"}


def render(overview: Overview, terminal: Terminal) -> str:
    """The page: a row for each run, a column for each item, what is found, and the graph."""
    return page(
        "report.html",
        title="Runs",
        summary=overview.picture.counted,
        table=Markup(_table(overview)),
        **graph_parts(plain(overview.picture)),
    )


def _table(overview: Overview) -> str:
    spans = {section: sum(item.section == section for item in ITEMS) for section in SECTIONS}
    sections = "".join(f'<th colspan="{count}" scope="colgroup">{name}</th>' for name, count in spans.items())
    items = "".join(f'<th scope="col"><span>{escape(item.name)}</span></th>' for item in ITEMS)
    totals = "".join(f"<td>{_share(*overview.total(item))}</td>" for item in ITEMS)
    return (
        f'<table><thead><tr><th rowspan="2" scope="col">run</th>{sections}</tr><tr>{items}</tr></thead>'
        f"<tbody>{''.join(map(_row, overview.rows))}</tbody>"
        f'<tfoot><tr><th scope="row">holds, of those known</th>{totals}</tr></tfoot></table>'
    )


def _row(row: Row) -> str:
    name = f"<small>{_text(row.name)}</small>" if row.name else ""
    head = (
        f'<th scope="row"><button type="button" data-node="{row.node.id}">{_text(row.node.title)}</button>'
        f"{name}<small>{_text(row.node.note)}</small></th>"
    )
    return f"<tr>{head}{''.join(map(_cell, row.cells))}</tr>"


def _cell(cell: Cell) -> str:
    answer = _WORDS[cell.answer] if cell.answer is not Answer.NOT_ASKED else "not asked"
    told = "\n".join(f"{mark.code} {mark.message} ({mark.place})" for mark in cell.marks)
    title = _text(f"{cell.item.name}: {answer}" + (f"\n{told}" if told else ""))
    codes = "".join(
        f"<small>{_text(code)}</small>" for code in dict.fromkeys(mark.code for mark in cell.marks)
    )
    sign = f'<span aria-label="{answer}">{_SIGNS[cell.answer]}</span>'
    return f'<td class="{_WORDS[cell.answer]}" title="{title}">{sign}{codes}</td>'


def _share(yes: int, known: int) -> str:
    return f"{yes}/{known}" if known else "–"


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode())
