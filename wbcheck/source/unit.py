"""A source unit: decoded text to analyse, and the way back to rows, cells and bytes."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from wbcheck.diagnostic import Position, Range, Span


class Language(StrEnum):
    """What a unit is written in."""

    PYTHON = "python"
    NOTEBOOK = "notebook"


class Cell(msgspec.Struct, frozen=True):
    """One code cell of a notebook: its 1-based number among the code cells and its place in the unit's text."""

    number: int
    span: Span


class SourceError(Exception):
    """A file that cannot be read as source: ``message`` says why, ``offset`` where (0 if nowhere)."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Unit(Protocol):
    """Text to analyse and the way back.

    ``text`` is what a person wrote (a notebook's code cells one after the other, each
    ending in a line feed). ``code`` is the same length, character for character, with
    what is not Python (magics, shell lines, help) masked, so offsets hold in both.
    """

    path: str
    language: Language
    text: str
    code: str
    cells: tuple[Cell, ...]

    def locate(self, span: Span) -> Range:
        """The rows and columns of ``span`` (1-based, columns in characters)."""
        ...

    def line_span(self, row: int, cell: int = 0) -> Span:
        """The span of one line's text, without its line end."""
        ...

    def row_count(self, cell: int = 0) -> int:
        """How many lines the unit (or one cell) has."""
        ...

    def apply(self, edits: tuple[tuple[Span, str], ...]) -> bytes:
        """The file's bytes after non-overlapping edits, all other bytes untouched.

        Raises ``SourceError`` where a replacement cannot be written in the file's encoding.
        """
        ...
