"""Just enough of Python's lexical structure to edit text safely: strings, comments, brackets, logical lines.

Where ``tokenize`` knows the grammar of the interpreter that runs it, this knows none: it reads
any text, also code of a newer Python, and never raises. Offsets are characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from wbcheck.diagnostic import Span

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\f]+|\\(?:\r\n|\n|\r))
  | (?P<newline>\r\n|\n|\r)
  | (?P<comment>\#[^\r\n]*)
  | (?P<string>(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])?(?:\"\"\"|\'\'\'|\"|\'))
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\.?\d[\w.]*)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<op>.)
    """,
    re.VERBOSE,
)


class Token(msgspec.Struct, frozen=True):
    """A token of kind ``space``, ``newline``, ``comment``, ``string``, ``name``, ``number``, ``open``,
    ``close`` or ``op``.

    ``depth`` is the number of brackets open around it; a bracket is outside of itself.
    """

    kind: str
    start: int
    end: int
    depth: int


class Line(msgspec.Struct, frozen=True):
    """A logical line: from its first character to the end of its code, comment and line end left out."""

    start: int
    end: int
    indent: str


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of ``text[start:end]``, white space and comments too; ``start`` must not lie inside one."""
    if start == 0 and end is None:
        return iter(_all_tokens(text))
    return _scan(text, start, end)


@lru_cache(maxsize=4)
def _all_tokens(text: str) -> tuple[Token, ...]:
    """All tokens: many fixes look at one text."""
    return tuple(_scan(text, 0, None))


@lru_cache(maxsize=4)
def strings(text: str) -> tuple[Span, ...]:
    """Every string literal, and every literal part of an f-string, in order."""
    return tuple(Span(token.start, token.end) for token in tokens(text) if token.kind == "string")


def _scan(text: str, start: int, end: int | None) -> Iterator[Token]:
    stop = len(text) if end is None else end
    depth = 0
    while start < stop:
        kind, after = _next(text, start)
        if kind == "close":
            depth = max(0, depth - 1)
        yield Token(kind, start, after, depth)
        if kind == "open":
            depth += 1
        start = after


def significant(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """``tokens`` without white space, comments and line ends."""
    return (token for token in tokens(text, start, end) if token.kind not in ("space", "comment", "newline"))


def logical_lines(text: str) -> Iterator[Line]:
    """The logical lines of a text, blank and comment lines left out; ``a; b`` is one line."""
    first: Token | None = None
    last = 0
    for token in tokens(text):
        if token.kind == "newline" and token.depth == 0 and first is not None:
            yield _line(text, first, last)
            first = None
        elif token.kind not in ("space", "comment", "newline"):
            first = first or token
            last = token.end
    if first is not None:
        yield _line(text, first, last)


def _line(text: str, first: Token, end: int) -> Line:
    return Line(first.start, end, text[line_start(text, first.start) : first.start])


def line_start(text: str, offset: int) -> int:
    """The offset at which the physical line of ``offset`` begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """The offset of the line end (or of the text's end) at or after ``offset``."""
    found = re.compile(r"[\r\n]").search(text, offset)
    return found.start() if found else len(text)


def next_line(text: str, offset: int) -> int:
    """The offset at which the physical line after that of ``offset`` begins, or the text's end."""
    end = line_end(text, offset)
    return end + 2 if text.startswith("\r\n", end) else min(end + 1, len(text))


def quotes_around(text: str, offset: int) -> str:
    """The quote characters of the f-strings in whose replacement fields ``offset`` lies, outermost first."""
    found = ""
    start, stop = 0, len(text)
    while True:
        field: tuple[int, int] | None = None
        for token in tokens(text, start, stop):
            if token.start > offset:
                break
            if token.kind == "string" and token.start < offset < token.end:
                fields: list[tuple[int, int]] = []
                opening = _TOKEN.match(text, token.start)
                assert opening is not None
                _string_end(text, opening.end(), opening.group(), fields)
                field = next(((a, b) for a, b in fields if a <= offset < b), None)
                found += text[opening.end() - 1] if field else ""
                break
        if field is None:
            return found
        start, stop = field


def _next(text: str, start: int) -> tuple[str, int]:
    match = _TOKEN.match(text, start)
    if match is None or match.lastgroup is None:
        return "op", start + 1
    if match.lastgroup == "string":
        return "string", _string_end(text, match.end(), match.group(), None)
    return match.lastgroup, match.end()


def _string_end(text: str, at: int, opening: str, fields: list[tuple[int, int]] | None) -> int:
    """Where a string ends whose opening (prefix and quotes) ends at ``at``; its fields go to ``fields``."""
    quotes = opening.lstrip("rRbBfFtTuU")
    prefix = opening[: -len(quotes)].lower()
    formatted = "f" in prefix or "t" in prefix
    while at < len(text):
        letter = text[at]
        if text.startswith(quotes, at):
            return at + len(quotes)
        if letter == "\\":
            at = _after_backslash(text, at, formatted, "r" in prefix)
        elif letter in "\r\n" and len(quotes) == 1:
            return at  # never closed: the line ends it
        elif formatted and letter == "{":
            if text.startswith("{{", at):
                at += 2
                continue
            end = _field_end(text, at + 1, quotes, fields)
            if fields is not None:
                fields.append((at + 1, end))
            at = end + 1
        else:
            at += 1
    return at


def _after_backslash(text: str, at: int, formatted: bool, raw: bool) -> int:
    if formatted and not raw and text.startswith("\\N{", at):
        return text.find("}", at) + 1 or len(text)
    if formatted and text[at + 1 : at + 2] in ("{", "}"):
        return at + 1
    return at + (3 if text.startswith("\\\r\n", at) else 2)


def _field_end(text: str, at: int, quotes: str, fields: list[tuple[int, int]] | None) -> int:
    """The offset of the brace that closes a replacement field whose content begins at ``at``."""
    depth = 0
    while at < len(text):
        kind, after = _next(text, at)
        letter = text[at]
        if depth == 0 and letter == "}":
            return at
        if depth == 0 and letter == ":":
            return _format_end(text, at + 1, quotes, fields)
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        at = after
    return at


def _format_end(text: str, at: int, quotes: str, fields: list[tuple[int, int]] | None) -> int:
    """The offset of the brace after a format spec, which may hold fields of its own."""
    while at < len(text) and text[at] != "}":
        if text.startswith(quotes, at):
            return at  # never closed: the string ends it
        if text[at] == "{":
            end = _field_end(text, at + 1, quotes, fields)
            if fields is not None:
                fields.append((at + 1, end))
            at = end
        at += 1
    return at
