"""Writing suppression comments: what ``--add-ignore`` puts into a file.

A comment of ours that is there already takes the new codes in. Else one is put at the end of the line where
the finding starts, at the end of its statement where that line cannot hold one (inside a string, before a
joined line), or alone above it (a magic of a notebook).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.lexer import line_end, strings
from wbcheck.source.unit import Unit
from wbcheck.suppressions.matching import Places
from wbcheck.suppressions.parse import Suppression, Verb, cells_of, line_starts, suppressions

Change = tuple[Span, str]
# Colab reads a form's field from such a comment, up to the end of its line.
_FORM = re.compile(r"#[ \t]*@(?:param|title|markdown)\b")


class Additions(msgspec.Struct, frozen=True):
    """The edits that silence findings, how many comments they add, and what no comment can silence."""

    edits: tuple[Change, ...]
    comments: int
    silenced: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def additions(unit: Unit, diagnostics: Iterable[Diagnostic], reason: str = "") -> Additions:
    """What to write into a unit to silence findings in it; ``reason`` stands behind every new list.

    Failures of our own, and places that cannot be analysed (those without a statement in a file that does
    not parse), are left. ``unit.apply`` takes the edits.
    """
    text = _Text(unit)
    groups: dict[tuple[int, int], list[Diagnostic]] = {}
    left: list[Diagnostic] = []
    for each in diagnostics:
        if each.fault or each.code == "WB001":
            left.append(each)
        else:
            groups.setdefault(text.places.rows(each), []).append(each)
    edits: list[Change] = []
    silenced: list[Diagnostic] = []
    comments = 0
    for (first, last), found in sorted(groups.items()):
        codes = sorted({each.code for each in found})
        change = text.merged(first, last, codes)
        if change is None:
            change = text.added(first, last, text.row(found[0].span.start), codes, reason)
            comments += change is not None
        if change is None:
            left += found
        else:
            edits.append(change)
            silenced += found
    return Additions(tuple(edits), comments, tuple(silenced), tuple(left))


def written(unit: Unit, again: Unit, added: Additions) -> bool:
    """Whether a unit that was read again after the edits has the comments that were meant, and no others."""
    return len(suppressions(again)) == len(suppressions(unit)) + added.comments


class _Text:
    """A unit's lines, and where comments can stand in them."""

    def __init__(self, unit: Unit) -> None:
        self.places = Places(unit)
        self._unit = unit
        self._starts = line_starts(unit.text)
        self._known = suppressions(unit)
        self._strings = list(_strings(unit))

    def row(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def merged(self, first: int, last: int, codes: Sequence[str]) -> Change | None:
        """The codes put into a list that holds for these rows, if there is one."""
        for each in self._known:
            if _takes_more(each) and (first <= each.row <= last or each.target == first):
                end = each.selectors[-1].span.end
                listed = {selector.text.upper() for selector in each.selectors}
                return Span(end, end), "".join(f", {code}" for code in codes if code not in listed)
        return None

    def added(self, first: int, last: int, own: int, codes: Sequence[str], reason: str) -> Change | None:
        """A comment of its own, as near to the finding as it can stand."""
        comment = f"# wbcheck: ignore[{', '.join(codes)}] {reason}".rstrip()
        for row in (own, last):
            end = self._end(row)
            if first <= row <= last and self._can_end_in_a_comment(row, end):
                return Span(end, end), f"  {comment}"
        start = self._starts[first]
        if self._magic(start) == "%%" or not self._is_code(start):
            return None
        line = self._unit.text[start : line_end(self._unit.text, start)]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        return Span(start, start), f"{indent}{comment}\n"

    def _end(self, row: int) -> int:
        """Where the text of a line ends, blanks left out."""
        start = self._starts[row]
        return start + len(self._unit.text[start : line_end(self._unit.text, start)].rstrip(" \t\f"))

    def _can_end_in_a_comment(self, row: int, end: int) -> bool:
        start = self._starts[row]
        if not self._unit.ends_in_comments:
            return False
        if _FORM.search(self._unit.text, start, end):
            return False
        if end == start or self._magic(end - 1) or not self._is_code(line_end(self._unit.text, start)):
            return False
        return self._unit.text[end - 1] != "\\"

    def _is_code(self, offset: int) -> bool:
        """Whether an offset is in no string."""
        near = bisect_right(self._strings, offset, key=lambda span: span.start) - 1
        return near < 0 or not self._strings[near].start < offset < self._strings[near].end

    def _magic(self, offset: int) -> str:
        """How the magic begins that an offset lies in; empty for none."""
        return next(
            (each.sigil for each in self._unit.magics if each.span.start <= offset < each.span.end), ""
        )


def _takes_more(suppression: Suppression) -> bool:
    return suppression.verb is Verb.IGNORE and suppression.closed and bool(suppression.selectors)


def _strings(unit: Unit) -> Iterator[Span]:
    """The strings of a unit, each cell read on its own: a broken one must not open a string in the next."""
    for cell in cells_of(unit):
        for each in strings(unit.code[cell.start : cell.end]):
            yield Span(cell.start + each.start, cell.start + each.end)
