"""Places as editors count them: rows from 0, columns in code units, notebooks by cell.

Nothing of LSP's own types is needed here.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from wbcheck.diagnostic import Position, Span
from wbcheck.source import Unit

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"

_WIDTHS: dict[str, Callable[[str], int]] = {
    UTF8: lambda text: len(text.encode("utf-8", "surrogatepass")),
    UTF16: lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    UTF32: len,
}


class Point(msgspec.Struct, frozen=True, order=True):
    """A place in a document: 0-based row and column (in code units). ``cell`` is 0 outside of notebooks."""

    cell: int
    row: int
    column: int


def columns_in(encoding: str) -> Callable[[str], int]:
    """What counts the code units of a text; ``encoding`` is ``utf-8``, ``utf-16`` or ``utf-32``."""
    return _WIDTHS[encoding]


def points(unit: Unit, span: Span, encoding: str) -> tuple[Point, Point]:
    """Where a span starts and ends (exclusive); ``encoding`` is ``utf-8``, ``utf-16`` or ``utf-32``."""
    place = unit.locate(span)
    return _point(unit, place.start, encoding), _point(unit, place.end, encoding)


def offset(unit: Unit, point: Point, encoding: str) -> int:
    """The character offset of a point; past its line's end is that end.

    Raises ``IndexError`` for a row that is not there.
    """
    line = unit.line_span(point.row + 1, point.cell)
    width = _WIDTHS[encoding]
    text = unit.text[line.start : line.end]
    column = 0
    for index, character in enumerate(text):
        if column >= point.column:
            return line.start + index
        column += width(character)
    return line.end


def _point(unit: Unit, position: Position, encoding: str) -> Point:
    start = unit.line_span(position.row, position.cell).start
    before = unit.text[start : start + position.column - 1]
    return Point(position.cell, position.row - 1, _WIDTHS[encoding](before))
