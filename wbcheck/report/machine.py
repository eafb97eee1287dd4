"""What the formats for programs share: places in files as they lie on disk, words, escapes, JSON.

A notebook's findings are given by the lines of its JSON, for that is the file that others show.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from wbcheck.diagnostic import Diagnostic, Fix, Severity, Span
from wbcheck.fingerprint import Fingerprint, fingerprints
from wbcheck.report.context import Context, Terminal
from wbcheck.source.unit import LINE_END, Language, Unit


class Point(msgspec.Struct, frozen=True):
    """A place in a file: 1-based row, 1-based column in characters, the text of the row before it."""

    row: int
    column: int
    before: str

    @property
    def byte_column(self) -> int:
        """The 1-based column in bytes of UTF-8."""
        return len(self.before.encode("utf-8", "surrogatepass")) + 1

    @property
    def utf16_column(self) -> int:
        """The 1-based column in UTF-16 code units."""
        return len(self.before.encode("utf-16-le", "surrogatepass")) // 2 + 1


TOP = Point(1, 1, "")


class Place(msgspec.Struct, frozen=True):
    """Where a span starts and ends (exclusive) in its file; ``path`` is relative to the report's root."""

    path: str
    start: Point
    end: Point


class Replacement(msgspec.Struct, frozen=True):
    """One edit of a fix, at its place on disk."""

    place: Place
    content: str


class Entry(msgspec.Struct, frozen=True):
    """A finding as the formats for programs need it: masked, placed, and with its fingerprint."""

    diagnostic: Diagnostic
    place: Place
    message: str
    why: str
    how: str
    fingerprint: Fingerprint
    related: tuple[tuple[Place, str], ...]
    fix: Fix | None
    edits: tuple[Replacement, ...]

    @property
    def headline(self) -> str:
        """Code, name and message."""
        return " ".join(part for part in (self.diagnostic.code, self.diagnostic.name, self.message) if part)


def entries(diagnostics: Sequence[Diagnostic], context: Context) -> list[Entry]:
    """One entry a diagnostic, in the same order.

    A fix is left out where it would spell out a secret, where its file is not at hand, and in notebooks:
    its edits are those of the source, not of the JSON around it.
    """
    mask = context.masker(diagnostics)
    marks = fingerprints(diagnostics, context.sources, context.relative)
    places = Places(context)
    return [_entry(each, mark, mask, places) for each, mark in zip(diagnostics, marks, strict=True)]


def _entry(diagnostic: Diagnostic, mark: Fingerprint, mask: Callable[[str], str], places: Places) -> Entry:
    related = (
        (places.of(label.path or diagnostic.path, label.span), mask(label.message))
        for label in diagnostic.related
    )
    edits = _edits(diagnostic, mask, places)
    return Entry(
        diagnostic=diagnostic,
        place=places.of(diagnostic.path, diagnostic.span),
        message=mask(diagnostic.message),
        why=mask(diagnostic.why),
        how=mask(diagnostic.how),
        fingerprint=mark,
        related=tuple(related),
        fix=diagnostic.fix if edits else None,
        edits=edits,
    )


def _edits(diagnostic: Diagnostic, mask: Callable[[str], str], places: Places) -> tuple[Replacement, ...]:
    fix = diagnostic.fix
    if fix is None or mask(fix.message) != fix.message:
        return ()
    found = []
    for edit in fix.edits:
        path = edit.path or diagnostic.path
        unit = places.sources(path)
        if unit is None or unit.language is Language.NOTEBOOK or mask(edit.content) != edit.content:
            return ()
        found.append(Replacement(places.of(path, edit.span), edit.content))
    return tuple(found)


class Places:
    """Turns spans into places, each file's lines counted once."""

    def __init__(self, context: Context) -> None:
        self.sources = context.sources
        self._relative = context.relative
        self._starts: dict[str, list[int]] = {}

    def of(self, path: str, span: Span) -> Place:
        """Where a span of a file's unit is; the top of the file where its source is not at hand."""
        shown, unit = self._relative(path), self.sources(path)
        if unit is None:
            return Place(shown, TOP, TOP)
        starts = self._starts.get(path)
        if starts is None:
            lines = LINE_END.finditer(unit.file_text)
            starts = self._starts[path] = [0, *(found.end() for found in lines)]
        own = unit.file_span(span)
        return Place(shown, _point(unit, starts, own.start), _point(unit, starts, own.end))


def _point(unit: Unit, starts: list[int], offset: int) -> Point:
    row = bisect_right(starts, offset)
    before = unit.file_text[starts[row - 1] : offset]
    return Point(row, len(before) + 1, before)


def chosen(words: tuple[str, str, str], severity: Severity) -> str:
    """A format's word for an error, a warning, a note."""
    return words[list(Severity).index(severity)]


def worst_first(found: Sequence[Entry]) -> list[Entry]:
    """Errors, then warnings, then notes; otherwise in the order given."""
    return sorted(found, key=lambda each: list(Severity).index(each.diagnostic.severity))


def escaped(text: str, table: dict[str, str]) -> str:
    """``text`` with each character of ``table`` replaced, in one pass."""
    return re.sub("|".join(map(re.escape, table)), lambda found: table[found[0]], text)


def as_json(value: Any, terminal: Terminal, indent: int = 2) -> str:
    """A value as JSON that the stream can hold, up to a line feed; ``indent`` 0 is one line."""
    try:
        data = msgspec.json.encode(value)
        text = (msgspec.json.format(data, indent=indent) if indent else data).decode()
        text.encode(terminal.encoding)
    except (UnicodeEncodeError, LookupError):
        # Lone surrogates (odd file names, notebooks) and narrow terminals: escapes are still JSON.
        text = json.dumps(value, indent=indent or None, separators=None if indent else (",", ":"))
    return text + "\n"
