"""A source unit: decoded text to analyse, and the way back to rows, cells and bytes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from copy import copy
from enum import StrEnum
from itertools import accumulate
from typing import TypeVar

import msgspec

from wbcheck.diagnostic import Position, Range, Span

LINE_END = re.compile(r"\r\n|\r|\n")
_INK = re.compile(r"[^\r\n]")


class Language(StrEnum):
    """What a unit is written in."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    YAML = "yaml"
    SHELL = "shell"  # and what else sets variables line by line: .env, Docker and make files


class Cell(msgspec.Struct, frozen=True):
    """One code cell: its 1-based number among the code cells and its place in the unit's text.

    The cells tile the text: ``span`` takes in the line feed that stands after every cell.
    """

    number: int
    span: Span


class Magic(msgspec.Struct, frozen=True):
    """A line that IPython reads and Python does not.

    ``sigil`` is what introduces it (``%``, also where IPython let it be left out, ``%%``, ``!``, ``!!``,
    ``?``, ``??``, ``/``, ``,`` or ``;``) and ``name`` the magic's name without it (empty where there is
    none: a shell line). ``argument`` is the text after the name, without blanks around it, and
    ``argument_span`` its place. ``span`` is the whole magic with the lines that backslashes join to it
    (of ``x = !ls`` only the right side; of a cell magic the first line).
    """

    sigil: str
    name: str
    argument: str
    span: Span
    argument_span: Span
    cell: int

    @property
    def variable(self) -> tuple[str, str | None] | None:
        """The environment variable that ``%env`` or ``%set_env`` sets, and its value; else ``None``.

        The value is ``None`` where IPython fills it in (``$name``, ``{expression}``). It is cut as
        IPython cuts it: at the first ``=`` if there is one, else at the first space, and quotes stay.
        """
        if self.sigil != "%" or self.name not in ("env", "set_env"):
            return None
        name, cut, value = self.argument.partition("=" if "=" in self.argument else " ")
        if not cut or not name.strip():
            return None
        known = not re.search(r"\$[A-Za-z_{]|\{", value)
        return name.strip(), value.strip() if known else None


class SourceError(Exception):
    """Text that cannot be read as source.

    ``message`` says why in one line. ``offset`` is the place in the unit's text; where no unit came
    to be, ``position`` is the row and column in the file as it is on disk.
    """

    def __init__(self, message: str, offset: int = 0, position: Position | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.position = position


class Unit(ABC):
    """Text to analyse and the way back.

    ``text`` is what a person wrote (a notebook's code cells one after the other, each followed by a
    line feed). ``code`` is the same length, character for character, with what is not Python
    (magics, shell lines, help) masked and a line feed for each lone carriage return, so offsets hold in
    both. ``magics`` are what was masked, in order. ``newline`` is the line end that the text uses (the
    first one; a line feed if none).
    """

    path: str
    language: Language
    text: str
    code: str
    cells: tuple[Cell, ...]
    magics: tuple[Magic, ...]
    ends_in_comments = True
    """Whether a comment may end a line that says something."""

    def __init__(
        self,
        path: str,
        language: Language,
        text: str,
        code: str,
        cells: tuple[Cell, ...] = (),
        magics: tuple[Magic, ...] = (),
    ) -> None:
        self.path = path
        self.language = language
        self.text = text
        self.code = code
        self.cells = cells
        self.magics = magics
        self._starts: list[int] = []
        self._cell_starts = [cell.span.start for cell in cells]

    @property
    def newline(self) -> str:
        """The text's line end: ``\\n``, ``\\r\\n`` or ``\\r``."""
        found = LINE_END.search(self.text)
        return found.group() if found else "\n"

    def locate(self, span: Span) -> Range:
        """The rows and columns of ``span`` (1-based, columns in characters).

        The end is given in the cell and, for an end just after a line feed, on the row that follows;
        a span that ends with its cell ends in that cell.
        """
        start = self._position(span.start, self._cell_at(span.start))
        end = self._position(span.end, self._cell_at(max(span.start, span.end - 1)))
        return Range(start, end)

    def line_span(self, row: int, cell: int = 0) -> Span:
        """The span of one line's text, without its line end.

        Raises ``IndexError`` for a row outside ``1..row_count`` (one more is allowed: the empty line
        after the last line end).
        """
        starts = self._lines()
        home = self._home(cell)
        index = bisect_right(starts, home.start) - 1 + row - 1
        if row < 1 or index >= len(starts) or starts[index] > home.end:
            raise IndexError(f"no row {row}")
        start = starts[index]
        stop = starts[index + 1] if index + 1 < len(starts) else len(self.text)
        end = min(stop, home.end)
        return Span(start, start + len(self.text[start:end].rstrip("\r\n")))

    def row_count(self, cell: int = 0) -> int:
        """How many lines the unit (or one cell) has; a last line end does not begin another one."""
        home = self._home(cell)
        if home.start == home.end:
            return 0
        starts = self._lines()
        return bisect_right(starts, home.end - 1) - bisect_right(starts, home.start) + 1

    def offset(self, row: int, column: int, cell: int = 0) -> int:
        """The offset of a 1-based row and column; a column past the line's end is the line's end.

        Raises ``IndexError`` as ``line_span`` does.
        """
        line = self.line_span(row, cell)
        return min(line.start + max(column, 1) - 1, line.end)

    @property
    def file_text(self) -> str:
        """The text of the file as it lies on disk: of a notebook its JSON, else ``text``."""
        return self.text

    def file_span(self, span: Span) -> Span:
        """Where ``span`` of ``text`` lies in ``file_text``."""
        return span

    @abstractmethod
    def apply(self, edits: tuple[tuple[Span, str], ...]) -> bytes:
        """The file's bytes after non-overlapping edits, all other bytes untouched.

        Insertions at one place keep the order in which they are given. Line feeds in a replacement
        become the file's own line end, if the file has but one kind. Raises ``SourceError`` where
        edits overlap or a replacement cannot be written in the file's encoding.
        """

    def is_sound(self) -> bool:
        """Whether the running interpreter compiles the code (of YAML: whether it is such).

        It refuses more than a parser does: an argument that is given twice, a ``return`` outside of a
        function. Nothing is run.
        """
        import ast
        import warnings

        from wbcheck.source.bound import bound

        try:
            bound(self.code)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.code, self.path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    def _lines(self) -> list[int]:
        if not self._starts:
            if "\r" in self.text:
                self._starts = [0, *(found.end() for found in LINE_END.finditer(self.text))]
            else:
                self._starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]
                self._starts.pop()
        return self._starts

    def _home(self, cell: int) -> Span:
        if not cell:
            return Span(0, len(self.text))
        found = next((known for known in self.cells if known.number == cell), None)
        if found is None:
            raise IndexError(f"no code cell {cell}")
        return found.span

    def _cell_at(self, offset: int) -> Cell | None:
        index = bisect_right(self._cell_starts, offset) - 1
        return self.cells[index] if index >= 0 else None

    def _position(self, offset: int, cell: Cell | None) -> Position:
        starts = self._lines()
        index = bisect_right(starts, offset) - 1
        if cell is None:
            return Position(0, index + 1, offset - starts[index] + 1)
        first = bisect_right(starts, cell.span.start) - 1
        return Position(cell.number, index - first + 1, offset - starts[index] + 1)


AnyUnit = TypeVar("AnyUnit", bound=Unit)


def blank(unit: AnyUnit, spans: Iterable[Span]) -> AnyUnit:
    """A copy of ``unit`` whose ``code`` has spaces at ``spans``; line ends stay where they are."""
    code = unit.code
    for span in spans:
        code = code[: span.start] + blanked(code[span.start : span.end]) + code[span.end :]
    changed = copy(unit)
    changed.code = code
    return changed


def blanked(text: str) -> str:
    """``text`` with a space for every character that is not part of a line end."""
    return _INK.sub(" ", text)


def ordered(edits: Iterable[tuple[Span, str]], size: int) -> list[tuple[Span, str]]:
    """The edits by place, insertions at one place in the order given.

    Raises ``SourceError`` where two overlap or one lies outside a text of ``size`` characters.
    """
    inorder = sorted(edits, key=lambda edit: edit[0])
    reached = 0
    for span, _ in inorder:
        if not 0 <= span.start <= span.end <= size:
            raise SourceError(f"an edit lies outside the text: {span.start}-{span.end}", 0)
        if span.start < reached:
            raise SourceError("two edits overlap", span.start)
        reached = span.end
    return inorder


def native_ends(content: str, text: str) -> str:
    """``content`` with the line ends of ``text``, if all of those are ``\\r\\n`` or all are ``\\r``."""
    if "\r" not in text or "\n" not in content:
        return content
    kinds = set(LINE_END.findall(text))
    if len(kinds) != 1:
        return content
    return LINE_END.sub(kinds.pop(), content)
