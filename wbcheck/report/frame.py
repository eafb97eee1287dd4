"""The picture of a place in the source: numbered lines, underlines, labels.

Everything is measured in terminal cells and laid out as runs of text with the name of a style;
nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from rich.cells import cell_len

from wbcheck.diagnostic import Position, Span
from wbcheck.report.cells import Line, Look, Run, units_of, window, wrapped
from wbcheck.report.context import within
from wbcheck.report.marks import Mark, annotate
from wbcheck.source.unit import Unit

_TALLEST = 7
"""A span over more lines than this is shown by its first and last ones."""


class Place(msgspec.Struct, frozen=True):
    """A span to underline, with the words beneath it."""

    path: str
    span: Span
    label: str
    primary: bool


class _Spot(msgspec.Struct, frozen=True):
    start: Position
    end: Position
    label: str
    primary: bool

    @property
    def tall(self) -> bool:
        return self.primary and self.end.row > self.start.row


class _Style(msgspec.Struct, frozen=True):
    """What all lines of one picture share. ``accent`` is the style of the primary underline."""

    look: Look
    gutter: int
    room: int
    accent: str


def frame(
    places: Sequence[Place],
    header: str,
    sources: Callable[[str], Unit | None],
    look: Look,
    accent: str,
) -> tuple[list[Line], int]:
    """The picture of ``places`` and the width of its gutter, in cells.

    The first place is the finding's own, and ``header`` its clickable address. Places in other
    files or other notebook cells get a heading of their own. Source lines that are longer than
    the screen is wide are cut around what is underlined. A source that is not at hand leaves only
    the heading. ``accent`` is the style of what is underlined first.
    """
    homes: dict[tuple[str, int], list[_Spot]] = {}
    units: dict[str, Unit] = {}
    for each in places:
        unit = sources(each.path)
        if unit is None:
            continue
        units[each.path] = unit
        where = unit.locate(each.span)
        spot = _Spot(where.start, _inclusive(where.start, where.end, unit), each.label, each.primary)
        homes.setdefault((each.path, where.start.cell), []).append(spot)
    last = max((spot.end.row for spots in homes.values() for spot in spots), default=1)
    gutter = len(str(last)) + 1
    style = _Style(look, gutter, max(20, look.width - gutter - 3), accent)
    lines = [_heading(look.chars.top, header, style)]
    for index, ((path, cell), spots) in enumerate(homes.items()):
        if index:
            lines.append(_heading(look.chars.tee, _address(path, spots[0].start), style))
        lines += _home(units[path], cell, spots, style)
    return lines, gutter


def _heading(sign: str, address: str, style: _Style) -> Line:
    return [Run(" " * style.gutter + sign, "frame"), Run(" "), Run(style.look.show(address), "place")]


def _address(path: str, start: Position) -> str:
    return f"{path}:{within(start.cell, start.row, start.column)}"


def _inclusive(start: Position, end: Position, unit: Unit) -> Position:
    """An end just after a line end belongs to the line before it."""
    if end.row > start.row and end.column == 1:
        row = end.row - 1
        span = unit.line_span(row, start.cell)
        return Position(start.cell, row, span.end - span.start + 1)
    return end


def _home(unit: Unit, cell: int, spots: list[_Spot], style: _Style) -> list[Line]:
    """The lines of one file or cell that carry spots, with elided gaps."""
    tall = next((spot for spot in spots if spot.tall), None)
    rows = sorted({row for spot in spots for row in _rows(spot)})
    lines: list[Line] = []
    before = rows[0]
    for row in rows:
        if row == before + 2:
            # The sign for a gap would take as much room as the line itself.
            lines += _row(unit, cell, row - 1, spots, tall, style)
        elif row > before + 2:
            gap = style.look.chars.gap.rjust(style.gutter - 1).ljust(style.gutter + 2)
            lines.append([Run(gap, "frame"), *_rail(tall, row - 1, style.look.chars.bar, style)])
        lines += _row(unit, cell, row, spots, tall, style)
        before = row
    return lines


def _rows(spot: _Spot) -> list[int]:
    if not spot.tall:
        return [spot.start.row]
    rows = list(range(spot.start.row, spot.end.row + 1))
    return rows if len(rows) <= _TALLEST else rows[: _TALLEST - 3] + rows[-2:]


def _row(
    unit: Unit, cell: int, row: int, spots: list[_Spot], tall: _Spot | None, style: _Style
) -> list[Line]:
    """A numbered line of source, and below it what is to be said about it."""
    chars = style.look.chars
    span = unit.line_span(row, cell)
    source = style.look.mask(unit.text[span.start : span.end])
    here = [spot for spot in spots if spot.start.row == row and not spot.tall]
    room = style.room - (2 if tall else 0)
    shown, marks = _cut(source, here, room, style)
    opens = tall is not None and row == tall.start.row
    rail = _rail(tall, row, chars.open if opens else chars.bar, style)
    blank: Line = [Run(" " * style.gutter + f"{chars.bar} ", "frame")]
    lines: list[Line] = [[Run(f"{row:>{style.gutter - 1}} {chars.bar} ", "frame"), *rail, Run(shown)]]
    below = _rail(tall, row, chars.bar, style)
    lines += [[*blank, *below, *line] for line in annotate(marks, room, style.look)]
    if tall is not None and row == tall.end.row:
        first, *rest = wrapped(style.look.show(tall.label), room - 4, room - 4)
        lines.append([*blank, Run(f"{chars.close}^ {first}", style.accent)])
        lines += ([*blank, Run(f"    {text}", style.accent)] for text in rest)
    return lines


def _rail(tall: _Spot | None, row: int, sign: str, style: _Style) -> Line:
    """The bar on the left of a span that goes over several lines; where there is one, its room elsewhere."""
    if tall is None:
        return []
    inside = tall.start.row <= row <= tall.end.row
    return [Run(f"{sign} ", style.accent) if inside else Run("  ")]


def _cut(source: str, spots: list[_Spot], room: int, style: _Style) -> tuple[str, list[Mark]]:
    """A source line as shown, in at most ``room`` cells, and the underlines of ``spots`` on it.

    A longer line is cut around its primary spot, or else its first one.
    """
    units, gap = units_of(source, style.look.show), style.look.chars.gap
    ends = {spot: len(units) if spot.end.row > spot.start.row else spot.end.column - 1 for spot in spots}
    start, stop = 0, len(units)
    if cell_len("".join(units)) > room:
        focus = min(spots, key=lambda spot: (not spot.primary, spot.start), default=None)
        low = min(focus.start.column - 1, len(units)) if focus else 0
        high = ends[focus] if focus else 0
        start, stop = window(units, low, high, room - 2 * cell_len(gap))
    lead = gap if start else ""
    text = lead + "".join(units[start:stop]) + (gap if stop < len(units) else "")

    def cells(index: int) -> int:
        return cell_len(lead + "".join(units[start : min(max(index, start), stop)]))

    marks = []
    for spot in spots:
        low, paint = cells(spot.start.column - 1), style.accent if spot.primary else "secondary"
        marks.append(Mark(low, max(low + 1, cells(ends[spot])), spot.label, spot.primary, paint))
    return text, marks
