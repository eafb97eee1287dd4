"""The picture of a place in the source: numbered lines, underlines, labels.

Everything is measured in terminal cells (rich knows how wide a character is), laid out as
runs of text with the name of a style; nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from rich.cells import cell_len

from wbcheck.diagnostic import Position, Span
from wbcheck.source.unit import Unit

_TAB = 4
_TALLEST = 7
"""A span over more lines than this is shown by its first and last ones."""


class Run(msgspec.Struct, frozen=True):
    """A stretch of text in one style; ``link`` is where a click on it leads."""

    text: str
    style: str = ""
    link: str = ""


Line = list[Run]


class Place(msgspec.Struct, frozen=True):
    """A span to underline, with the words beneath it."""

    path: str
    span: Span
    label: str
    primary: bool


class Charset(msgspec.Struct, frozen=True):
    """The line-drawing characters, or what stands in for them."""

    bar: str
    top: str
    tee: str
    open: str
    close: str
    gap: str

    @classmethod
    def box(cls) -> Charset:
        """For terminals whose encoding has box drawing."""
        return cls(bar="│", top="╭─", tee="├─", open="╭", close="╰─", gap="…")

    @classmethod
    def ascii(cls) -> Charset:
        """For all others."""
        return cls(bar="|", top="-->", tee="-->", open=".", close="'-", gap="...")


class _Spot(msgspec.Struct, frozen=True):
    start: Position
    end: Position
    label: str
    primary: bool

    @property
    def tall(self) -> bool:
        return self.primary and self.end.row > self.start.row


class _Mark(msgspec.Struct, frozen=True):
    """An underline on one shown line, in cells from the line's left edge."""

    start: int
    end: int
    label: str
    primary: bool


class _Style(msgspec.Struct, frozen=True):
    """What all lines of one picture share. ``accent`` is the style of the primary underline."""

    gutter: int
    room: int
    chars: Charset
    accent: str
    show: Callable[[str], str]
    mask: Callable[[str], str]


def frame(
    places: Sequence[Place],
    header: str,
    sources: Callable[[str], Unit | None],
    width: int,
    show: Callable[[str], str],
    mask: Callable[[str], str],
    chars: Charset,
    accent: str,
) -> tuple[list[Line], int]:
    """The picture of ``places`` and the width of its gutter, in cells.

    The first place is the finding's own, and ``header`` its clickable address. Places in other
    files or other notebook cells get a heading of their own. ``width`` is the terminal's, in
    cells; longer source lines are cut around what is underlined. ``show`` escapes what would not be
    seen, ``mask`` hides secrets. A source that is not at hand
    leaves only the heading.
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
    style = _Style(gutter, max(20, width - gutter - 3), chars, accent, show, mask)
    lines: list[Line] = [[Run(" " * gutter + chars.top, "frame"), Run(" "), Run(show(header), "place")]]
    for index, ((path, cell), spots) in enumerate(homes.items()):
        if index:
            address = _address(path, spots[0].start)
            lines.append([Run(" " * gutter + chars.tee, "frame"), Run(" "), Run(show(address), "place")])
        lines += _home(units[path], cell, spots, style)
    return lines, gutter


def wrapped(text: str, first: int, rest: int) -> list[str]:
    """``text`` in lines of at most ``first``, then ``rest`` cells, broken at blanks.

    A word that is longer than a line stands alone and sticks out: a path or a URL must stay whole.
    """
    lines = [""]
    for word in text.split(" "):
        room = rest if len(lines) > 1 else first
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _address(path: str, start: Position) -> str:
    cell = f"cell {start.cell}:" if start.cell else ""
    return f"{path}:{cell}{start.row}:{start.column}"


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
    if rows:
        rows = [
            row for low, high in zip(rows, [*rows[1:], rows[-1]], strict=True) for row in _bridge(low, high)
        ]
    lines: list[Line] = []
    before = rows[0] if rows else 0
    for row in rows:
        if row > before + 1:
            rail = _rail(tall, row - 1, style) if tall else []
            lines.append(
                [Run(style.chars.gap.rjust(style.gutter - 1).ljust(style.gutter + 2), "frame"), *rail]
            )
        lines += _row(unit, cell, row, spots, tall, style)
        before = row
    return lines


def _bridge(low: int, high: int) -> tuple[int, ...]:
    """A gap of one line is shown, not elided: the sign would take as much room."""
    return (low, low + 1) if high - low == 2 else (low,)


def _rows(spot: _Spot) -> list[int]:
    if not spot.tall:
        return [spot.start.row]
    rows = list(range(spot.start.row, spot.end.row + 1))
    return rows if len(rows) <= _TALLEST else rows[: _TALLEST - 3] + rows[-2:]


def _row(
    unit: Unit, cell: int, row: int, spots: list[_Spot], tall: _Spot | None, style: _Style
) -> list[Line]:
    span = unit.line_span(row, cell)
    source = style.mask(unit.text[span.start : span.end])
    here = [spot for spot in spots if spot.start.row == row and not spot.tall]
    rail = _rail(tall, row, style) if tall else []
    room = style.room - (2 if tall else 0)
    shown, marks = _cut(source, here, room, style)
    number: Line = [Run(f"{row:>{style.gutter - 1}} {style.chars.bar} ", "frame")]
    lines: list[Line] = [[*number, *rail, Run(shown)]]
    blank: Line = [Run(" " * style.gutter + f"{style.chars.bar} ", "frame")]
    after = _rail(tall, row + 1, style) if tall and tall.start.row <= row < tall.end.row else []
    if tall and not after:
        after = [Run("  ")]
    closing = tall if tall is not None and row == tall.end.row else None
    under = _rail(tall, row, style) if closing and marks else after
    lines += [[*blank, *under, *line] for line in _annotate(marks, room, style)]
    if closing is not None:
        sign = style.chars.close + "^"
        for index, text in enumerate(wrapped(style.show(closing.label), room - 4, room - 4)):
            lines.append([*blank, Run("   " if index else sign, style.accent), Run(f" {text}", style.accent)])
    return lines


def _rail(tall: _Spot | None, row: int, style: _Style) -> Line:
    """The bar on the left of a span that goes over several lines."""
    if tall is None or not tall.start.row <= row <= tall.end.row:
        return [Run("  ")]
    sign = style.chars.open if row == tall.start.row else style.chars.bar
    return [Run(f"{sign} ", style.accent)]


def _units(source: str, show: Callable[[str], str]) -> list[str]:
    """What each character of a source line is shown as: tabs as spaces, the invisible as escapes."""
    if source.isascii() and source.isprintable():
        return list(source)
    units: list[str] = []
    column = 0
    for each in source:
        shown = " " * (_TAB - column % _TAB) if each == "\t" else show(each)
        column += cell_len(shown)
        units.append(shown)
    return units


def _cut(source: str, spots: list[_Spot], room: int, style: _Style) -> tuple[str, list[_Mark]]:
    """A source line as shown, in at most ``room`` cells, and the underlines of ``spots`` on it.

    A longer line is cut around its primary spot, or else its first one.
    """
    units, gap = _units(source, style.show), style.chars.gap
    ends = {spot: len(units) if spot.end.row > spot.start.row else spot.end.column - 1 for spot in spots}
    start, stop = 0, len(units)
    if cell_len("".join(units)) > room:
        focus = min(spots, key=lambda spot: (not spot.primary, spot.start), default=None)
        low = min(focus.start.column - 1, len(units)) if focus else 0
        high = ends[focus] if focus else 0
        start, stop = _window(units, low, high, room - 2 * cell_len(gap))
    lead = gap if start else ""
    text = lead + "".join(units[start:stop]) + (gap if stop < len(units) else "")

    def cells(index: int) -> int:
        return cell_len(lead + "".join(units[start : min(max(index, start), stop)]))

    marks = []
    for spot in spots:
        low = cells(spot.start.column - 1)
        marks.append(_Mark(low, max(low + 1, cells(ends[spot])), spot.label, spot.primary))
    return text, marks


def shortened(source: str, low: int, room: int, show: Callable[[str], str], gap: str) -> str:
    """A source line as shown, in at most ``room`` cells, cut so that its character ``low`` is seen."""
    units = _units(source, show)
    if cell_len("".join(units)) <= room:
        return "".join(units)
    start, stop = _window(units, low, min(low + 20, len(units)), room - 2 * cell_len(gap))
    return (gap if start else "") + "".join(units[start:stop]) + (gap if stop < len(units) else "")


def _window(units: list[str], low: int, high: int, room: int) -> tuple[int, int]:
    """Which characters to keep so that ``low`` to ``high`` is seen, with some of what comes before."""
    widths = [cell_len(unit) for unit in units]
    if sum(widths[:high]) <= room:
        start = 0
    else:
        start, spare = low, max(room // 4, room - sum(widths[low:high]) - room // 4)
        while start and spare >= widths[start - 1]:
            start -= 1
            spare -= widths[start]
    stop, spare = start, room
    while stop < len(units) and spare >= widths[stop]:
        spare -= widths[stop]
        stop += 1
    return start, stop


def _annotate(marks: list[_Mark], room: int, style: _Style) -> list[Line]:
    """Underlines on one line, the last one's label beside it, the other labels hanging below."""
    if not marks:
        return []
    inorder = sorted(marks, key=lambda mark: (mark.start, mark.end))
    beside = inorder[-1]
    reach = max(mark.end for mark in inorder)
    label = style.show(beside.label)
    fits = beside.end == reach and reach + 1 + cell_len(label) <= room
    fits = fits and sum(mark.start == beside.start for mark in inorder) == 1
    hanging = [mark for mark in inorder if mark.label and not (fits and mark is beside)]
    underline = _underline(inorder, style)
    if fits and label:
        underline.append(Run(f" {label}", _paint(beside, style)))
    lines = [underline]
    if hanging and len(inorder) > 1:
        lines.append(_strings(hanging, style))
    for index in range(len(hanging) - 1, -1, -1):
        lines += _hang(hanging[: index + 1], room, style)
    return lines


def _underline(marks: list[_Mark], style: _Style) -> Line:
    cells: list[tuple[str, str]] = [(" ", "")] * max(mark.end for mark in marks)
    for mark in sorted(marks, key=lambda each: each.primary):
        sign = "^" if mark.primary else "-"
        cells[mark.start : mark.end] = [(sign, _paint(mark, style))] * (mark.end - mark.start)
    return _runs(cells)


def _strings(marks: list[_Mark], style: _Style) -> Line:
    cells: list[tuple[str, str]] = [(" ", "")] * (max(mark.start for mark in marks) + 1)
    for mark in marks:
        cells[mark.start] = (style.chars.bar, _paint(mark, style))
    return _runs(cells)


def _hang(marks: list[_Mark], room: int, style: _Style) -> list[Line]:
    """The last mark's label at its own column, with strings for the marks left of it."""
    *left, mark = marks
    label = style.show(mark.label)
    column = mark.start
    if column + cell_len(label) > room:
        column = max(0, min(column, room - cell_len(label)))
    left = [each for each in left if each.start < column]
    strings = _strings(left, style) if left else []
    used = sum(len(run.text) for run in strings)
    return [
        [*strings, Run(" " * (column - used)), Run(text, _paint(mark, style))]
        for text in wrapped(label, room - column, room - column)
    ]


def _paint(mark: _Mark, style: _Style) -> str:
    return style.accent if mark.primary else "secondary"


def _runs(cells: list[tuple[str, str]]) -> Line:
    line: Line = []
    for sign, style in cells:
        if line and line[-1].style == style:
            line[-1] = Run(line[-1].text + sign, style)
        else:
            line.append(Run(sign, style))
    return line
