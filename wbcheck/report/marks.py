"""Underlines on one line of source, with their labels beside and below."""

from __future__ import annotations

import msgspec
from rich.cells import cell_len

from wbcheck.report.cells import Line, Look, Run, wrapped


class Mark(msgspec.Struct, frozen=True):
    """An underline on one shown line, in cells from the line's left edge, in the style ``paint``."""

    start: int
    end: int
    label: str
    primary: bool
    paint: str


def annotate(marks: list[Mark], room: int, look: Look) -> list[Line]:
    """Underlines on one line, the last one's label beside it, the other labels hanging below."""
    if not marks:
        return []
    inorder = sorted(marks, key=lambda mark: (mark.start, mark.end))
    beside = inorder[-1]
    reach = max(mark.end for mark in inorder)
    label = look.show(beside.label)
    fits = beside.end == reach and reach + 1 + cell_len(label) <= room
    fits = fits and sum(mark.start == beside.start for mark in inorder) == 1
    hanging = [mark for mark in inorder if mark.label and not (fits and mark is beside)]
    underline = _underline(inorder)
    if fits and label:
        underline.append(Run(f" {label}", beside.paint))
    lines = [underline]
    if hanging and len(inorder) > 1:
        lines.append(_strings(hanging, look))
    for index in range(len(hanging) - 1, -1, -1):
        lines += _hang(hanging[: index + 1], room, look)
    return lines


def _underline(marks: list[Mark]) -> Line:
    cells: list[tuple[str, str]] = [(" ", "")] * max(mark.end for mark in marks)
    for mark in sorted(marks, key=lambda each: each.primary):
        sign = "^" if mark.primary else "-"
        cells[mark.start : mark.end] = [(sign, mark.paint)] * (mark.end - mark.start)
    return _runs(cells)


def _strings(marks: list[Mark], look: Look) -> Line:
    cells: list[tuple[str, str]] = [(" ", "")] * (max(mark.start for mark in marks) + 1)
    for mark in marks:
        cells[mark.start] = (look.chars.bar, mark.paint)
    return _runs(cells)


def _hang(marks: list[Mark], room: int, look: Look) -> list[Line]:
    """The last mark's label at its own column, with strings for the marks left of it."""
    *left, mark = marks
    label = look.show(mark.label)
    column = mark.start
    if column + cell_len(label) > room:
        column = max(0, min(column, room - cell_len(label)))
    left = [each for each in left if each.start < column]
    strings = _strings(left, look) if left else []
    used = sum(len(run.text) for run in strings)
    return [
        [*strings, Run(" " * (column - used)), Run(text, mark.paint)]
        for text in wrapped(label, room - column, room - column)
    ]


def _runs(cells: list[tuple[str, str]]) -> Line:
    line: Line = []
    for sign, style in cells:
        if line and line[-1].style == style:
            line[-1] = Run(line[-1].text + sign, style)
        else:
            line.append(Run(sign, style))
    return line
