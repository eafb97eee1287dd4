"""Suppression comments, read from a unit's text.

What counts is in the package's docstring; here it is only found and taken apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.source.unit import LINE_END, Unit
from wbcheck.suppressions.comments import scan

# A comment may hold several: of a type checker, of another linter, and one of ours with `see #12` in it.
_PART = re.compile(
    r"(?<=[ \t])\#(?:[ \t]+(?=[A-Za-z])"
    r"|(?=(?:noqa|wbcheck|type|pylint|pragma|nosec|nosemgrep|fmt|isort|ruff|flake8|mypy|pyright)\b))"
)
_OURS = re.compile(
    r"\#[ \t]*wbcheck:[ \t]*(?P<verb>[A-Za-z-]+)(?P<list>[ \t]*\[(?P<items>[^\]]*)(?P<close>\]?))?"
)
_CODES = r"[A-Za-z]+[0-9]+\b(?:(?:[ \t]*,[ \t]*|[ \t]+)[A-Za-z]+[0-9]+\b)*"
_NOQA = re.compile(rf"\#[ \t]*noqa\b(?P<colon>[ \t]*:[ \t]*(?P<items>{_CODES})?)?", re.IGNORECASE)
_ITEM = re.compile(r"[^\s,]+")
_MISTAKEN = frozenset(
    {"allow", "disable", "disable-file", "disable-line", "disable-next-line", "file-ignore", "noqa", "nowarn"}
    | {"ignore-line", "ignore-next-line", "ignorefile", "off", "silence", "skip", "skip-file", "suppress"}
)


class Verb(StrEnum):
    """The kinds of comment. ``MISTAKEN`` looks like one of ours and is none."""

    IGNORE = "ignore"
    IGNORE_FILE = "ignore-file"
    NOQA = "noqa"
    MISTAKEN = "mistaken"


class Selector(msgspec.Struct, frozen=True):
    """One entry of a comment's list, as written, and where it stands."""

    text: str
    span: Span


class Suppression(msgspec.Struct, frozen=True):
    """One suppression comment.

    ``span`` is the whole of it with its reason, within the line's comment ``around`` (which may hold
    other tools' comments, too). ``listed`` says whether there is a list at all; without one it is a
    blanket. ``row`` counts lines of the whole unit from 0. ``alone`` is set where nothing but blanks
    stands before it on its line; then ``target`` is the row of the code below that it holds for.
    """

    verb: Verb
    span: Span
    around: Span
    selectors: tuple[Selector, ...]
    listed: bool
    closed: bool
    row: int
    alone: bool
    target: int | None


def suppressions(unit: Unit) -> tuple[Suppression, ...]:
    """Every suppression comment of a unit, in the order of the text; strings and magics hold none."""
    code = unit.code
    if "wbcheck:" not in code and "noqa" not in code and "NOQA" not in code:
        return ()
    starts = line_starts(code)
    cells = cells_of(unit)
    spans = [
        Span(cell.start + each.start, cell.start + each.end)
        for cell in cells
        for each in scan(code[cell.start : cell.end]).comments
    ]
    alone = {
        bisect_right(starts, span.start) - 1
        for span in spans
        if not code[starts[bisect_right(starts, span.start) - 1] : span.start].strip(" \t\f")
    }
    found: list[Suppression] = []
    for around in spans:
        row = bisect_right(starts, around.start) - 1
        target = _target(row, code, starts, alone, cells) if row in alone else None
        found += (
            part
            for span in _parts(code, around)
            if (part := _read(code, span, around, row, row in alone, target)) is not None
        )
    return tuple(found)


def reason_of(suppression: Suppression, unit: Unit) -> str:
    """What a comment of ours says after its list, for people; empty where it says nothing."""
    found = _OURS.match(unit.code, suppression.span.start, suppression.span.end)
    return "" if found is None else unit.code[found.end() : suppression.span.end].strip(" \t-—:")


def noqa_codes(found: Iterable[Suppression]) -> frozenset[str]:
    """The codes of ours that these comments name in ``noqa``, for ``ruff_notice``."""
    return frozenset(
        selector.text.upper()
        for each in found
        if each.verb is Verb.NOQA
        for selector in each.selectors
        if is_ours(selector.text)
    )


def cells_of(unit: Unit) -> list[Span]:
    """The stretches of a unit that are read on their own: its cells, or all of it."""
    return [cell.span for cell in unit.cells] or [Span(0, len(unit.code))]


def line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in LINE_END.finditer(text))]


def _target(row: int, code: str, starts: list[int], alone: set[int], cells: list[Span]) -> int | None:
    """The row that a comment alone on its line holds for: the next one, other comments skipped."""
    cell = cells[bisect_right(cells, starts[row], key=lambda span: span.start) - 1]
    row += 1
    while row in alone:
        row += 1
    return row if row < len(starts) and starts[row] < cell.end else None


def _parts(code: str, around: Span) -> Iterator[Span]:
    """The comments within one comment, each from its ``#``, without blanks at its end."""
    text = code[around.start : around.end]
    heads = sorted({0, *(found.start() for found in _PART.finditer(text))})
    for head, after in zip(heads, [*heads[1:], len(text)], strict=True):
        yield Span(around.start + head, around.start + head + len(text[head:after].rstrip()))


def _read(
    code: str, span: Span, around: Span, row: int, alone: bool, target: int | None
) -> Suppression | None:
    """The suppression that a comment is, if it is one."""
    ours = _OURS.match(code, span.start, span.end)
    if ours is not None:
        word = ours["verb"].lower()
        if word not in (Verb.IGNORE, Verb.IGNORE_FILE):
            verb = Verb.MISTAKEN
            if word not in _MISTAKEN:
                return None
        else:
            verb = Verb(word)
        listed, closed = ours["list"] is not None, ours["list"] is None or bool(ours["close"])
        items = _items(code, ours.span("items")) if listed and closed and verb is not Verb.MISTAKEN else ()
        return Suppression(verb, span, around, items, listed, closed, row, alone, target)
    noqa = _NOQA.match(code, span.start, span.end)
    if noqa is None:
        return None
    items = _items(code, noqa.span("items")) if noqa["items"] else ()
    return Suppression(Verb.NOQA, span, around, items, noqa["colon"] is not None, True, row, alone, None)


def _items(code: str, place: tuple[int, int]) -> tuple[Selector, ...]:
    return tuple(
        Selector(found[0], Span(found.start(), found.end())) for found in _ITEM.finditer(code, *place)
    )


def is_ours(selector: str) -> bool:
    return re.fullmatch(r"WB\d+", selector, re.IGNORECASE) is not None
