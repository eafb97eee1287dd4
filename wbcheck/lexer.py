"""Just enough of Python's lexical structure to edit text safely: strings, comments, brackets, logical lines.

Where ``tokenize`` knows the grammar of the interpreter that runs it, this knows none: it reads
any text, also code of a newer Python, and never raises. Offsets are characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

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

# A string of one line that has neither an escape nor a field.
_WHOLE = re.compile(r"""[rRbBuU]?(?:"(?!"")[^"\\\r\n]*"|'(?!'')[^'\\\r\n]*')""")
_PLAIN = re.compile(r"""[^\\'"{\r\n]+""")  # text of a string that neither ends it nor begins a field


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


@lru_cache(maxsize=256)
def strings(text: str) -> tuple[Span, ...]:
    """Every string literal, and every literal part of an f-string, in order.

    They are few beside a text's tokens, and a fix may go through many files.
    """
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


@lru_cache(maxsize=4)
def logical_lines(text: str) -> tuple[Line, ...]:
    """The logical lines of a text, blank and comment lines left out; ``a; b`` is one line."""
    return tuple(_logical_lines(text))


def _logical_lines(text: str) -> Iterator[Line]:
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


def fields(text: str, token: Token) -> list[Span]:
    """The replacement fields of an f-string, in order; none for any other string."""
    opening = _TOKEN.match(text, token.start)
    found: list[tuple[int, int]] = []
    if opening is not None and opening.lastgroup == "string":
        _string_end(text, opening.end(), opening.group(), found)
    return sorted(Span(start, end) for start, end in found)


def tokens_around(text: str, offset: int) -> tuple[Token, ...]:
    """The tokens of the code that an offset lies in: those of the innermost f-string's field, or all."""
    found = _all_tokens(text)
    while True:
        index = bisect_right(found, offset, key=lambda token: token.start) - 1
        token = found[index] if index >= 0 else None
        if token is None or token.kind != "string":
            return found
        inside = [field for field in fields(text, token) if field.start <= offset < field.end]
        if not inside:
            return found
        found = tuple(tokens(text, inside[-1].start, inside[-1].end))


def quotes_around(text: str, offset: int) -> str:
    """The quote characters of the f-strings in whose replacement fields ``offset`` lies, outermost first."""
    found = ""
    start, stop = 0, len(text)
    while True:
        field: tuple[int, int] | None = None
        for token in _before(text, start, stop, offset):
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


def _before(text: str, start: int, stop: int, offset: int) -> Iterable[Token]:
    """The tokens of ``text[start:stop]`` that begin at an offset or before it; of a whole text the last."""
    if (start, stop) != (0, len(text)):
        return takewhile(lambda token: token.start <= offset, tokens(text, start, stop))
    known = _all_tokens(text)
    after = bisect_right(known, offset, key=lambda token: token.start)
    return known[max(0, after - 1) : after]


def _next(text: str, start: int) -> tuple[str, int]:
    match = _TOKEN.match(text, start)
    if match is None or match.lastgroup is None:
        return "op", start + 1
    if match.lastgroup == "string":
        whole = _WHOLE.match(text, start)
        return "string", whole.end() if whole else _string_end(text, match.end(), match.group(), None)
    return match.lastgroup, match.end()


class _Open(msgspec.Struct):
    """A string that is being read (``mode`` is ``text``), or a field of one (``code``, then ``format``).

    ``start`` is where its content begins, ``quotes`` and ``prefix`` are the string's, and ``depth`` is
    the number of brackets open in the field's code.
    """

    mode: str
    start: int
    quotes: str
    prefix: str
    depth: int = 0


class _String:
    """A string literal that is being read, with its fields, the strings in these, and so on.

    They are kept in a list, as hostile text nests them deeper than calls can go. ``fields`` gets the
    places of the outermost string's fields, a field in a format before the field that has it.
    """

    def __init__(self, text: str, fields: list[tuple[int, int]] | None) -> None:
        self.text = text
        self.fields = fields
        self.open: list[_Open] = []
        self.strings = 0

    def begin(self, opening: str, at: int) -> int:
        """Note a string whose opening (prefix and quotes) ends at ``at``; where to read on."""
        quotes = opening.lstrip("rRbBfFtTuU")
        self.open.append(_Open("text", at, quotes, opening[: -len(quotes)].lower()))
        self.strings += 1
        return at

    def end(self, at: int) -> int:
        """Where the string that has begun at ``at`` ends."""
        while self.open and at < len(self.text):
            top = self.open[-1]
            if top.mode == "text":
                at = self._text(top, at)
            elif top.mode == "code":
                at = self._code(top, at)
            else:
                at = self._format(top, at)
        at = min(at, len(self.text))
        while self.open:
            self._close(at)
        return at

    def _close(self, at: int) -> None:
        """Note that what is open innermost has its last character before ``at``."""
        top = self.open.pop()
        if top.mode == "text":
            self.strings -= 1
        elif self.fields is not None and self.strings == 1:
            self.fields.append((top.start, at))

    def _text(self, top: _Open, at: int) -> int:
        if plain := _PLAIN.match(self.text, at):
            return plain.end()
        text, letter = self.text, self.text[at]
        formatted = "f" in top.prefix or "t" in top.prefix
        if text.startswith(top.quotes, at):
            self._close(at)
            return at + len(top.quotes)
        if letter == "\\":
            return _after_backslash(text, at, formatted, "r" in top.prefix)
        if letter in "\r\n" and len(top.quotes) == 1:
            self._close(at)  # nothing closes it: the line ends it
            return at
        if formatted and letter == "{":
            if text.startswith("{{", at):
                return at + 2
            self.open.append(_Open("code", at + 1, top.quotes, top.prefix))
        return at + 1

    def _code(self, top: _Open, at: int) -> int:
        letter = self.text[at]
        if top.depth == 0 and letter == "}":
            self._close(at)
            return at + 1
        if top.depth == 0 and letter == ":":
            top.mode = "format"
            return at + 1
        match = _TOKEN.match(self.text, at)
        if match is None:
            return at + 1
        if match.lastgroup == "string":
            return self.begin(match.group(), match.end())
        if match.lastgroup == "open":
            top.depth += 1
        elif match.lastgroup == "close":
            top.depth -= 1
        return match.end()

    def _format(self, top: _Open, at: int) -> int:
        letter = self.text[at]
        if self.text.startswith(top.quotes, at):
            self._close(at)  # nothing closes it: the string ends it
            return at
        if letter == "}":
            self._close(at)
        elif letter == "{":
            self.open.append(_Open("code", at + 1, top.quotes, top.prefix))
        return at + 1


def _string_end(text: str, at: int, opening: str, fields: list[tuple[int, int]] | None) -> int:
    """Where a string ends whose opening (prefix and quotes) ends at ``at``; its fields go to ``fields``."""
    string = _String(text, fields)
    return string.end(string.begin(opening, at))


def _after_backslash(text: str, at: int, formatted: bool, raw: bool) -> int:
    if formatted and not raw and text.startswith("\\N{", at):
        return text.find("}", at) + 1 or len(text)
    if formatted and text[at + 1 : at + 2] in ("{", "}"):
        return at + 1
    return at + (3 if text.startswith("\\\r\n", at) else 2)
