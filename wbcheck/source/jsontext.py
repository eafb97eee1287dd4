"""Source lines inside a notebook's raw JSON: where they are, and how to write others in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from json import JSONDecoder

import msgspec

from wbcheck.diagnostic import Span

_SPACE = re.compile(r"[ \t\r\n]*")
# One character of a JSON string as it is written; a surrogate pair of escapes is one character.
_LETTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)
# Escapes that a backslash before them does not take apart.
_UNICODE = re.compile(r"(?<!\\)(?:\\\\)*(\\u[0-9a-fA-F]{4})")
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_LINE_FEEDS = frozenset({"\\n", "\\u000a", "\\u000A"})
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_decode = JSONDecoder(strict=True).raw_decode

Encoder = Callable[[str], str]


class Source(msgspec.Struct, frozen=True):
    """The value that holds one code cell's source.

    ``span`` is its place in the raw JSON, ``items`` the places of its string literals, quotes
    included; ``listed`` tells a list of lines from one string.
    """

    span: Span
    items: tuple[Span, ...]
    listed: bool


def rewrite(raw: str, changes: dict[int, list[tuple[Span, str]]]) -> str:
    """The notebook's JSON with edits in some code cells' sources.

    ``changes`` has, by the code cell's number, non-overlapping edits in order; their spans count
    from the cell's start, in a text that is the source and one line feed.
    """
    sources = list(code_sources(raw))
    encode = encoder(raw)
    layout = _separator(raw, sources)
    parts = []
    reached = 0
    for number in sorted(changes):
        source = sources[number - 1]
        parts.append(raw[reached : source.span.start])
        parts.append(_edited(raw, source, changes[number], encode, layout))
        reached = source.span.end
    parts.append(raw[reached:])
    return "".join(parts)


def code_sources(raw: str) -> Iterator[Source]:
    """The sources of the code cells of a notebook that is known to be valid, in order."""
    top = _members(raw, _skip(raw, 0))
    if "cells" in top:
        lists = [top["cells"]]
    else:
        lists = [_members(raw, sheet.start)["cells"] for sheet in _elements(raw, top["worksheets"].start)]
    for cells in lists:
        for cell in _elements(raw, cells.start):
            members = _members(raw, cell.start)
            kind = members.get("cell_type")
            if kind is None or _decode(raw, kind.start)[0] != "code":
                continue
            value = members["source"] if "source" in members else members["input"]
            if raw[value.start] == "[":
                yield Source(value, tuple(_elements(raw, value.start)), True)
            else:
                yield Source(value, (value,), False)


def letter_places(raw: str, source: Source) -> list[Span]:
    """Where each character of a source is written, and last the empty place at its end."""
    found = [
        Span(letter.start(), letter.end())
        for item in source.items
        for letter in _LETTER.finditer(raw, item.start + 1, item.end - 1)
    ]
    end = source.items[-1].end - 1 if source.items else source.span.end
    return [*found, Span(end, end)]


def encoder(raw: str) -> Encoder:
    """How this JSON writes characters: which ones it escapes, and with which hexadecimal digits."""
    escaped = set(_UNICODE.findall(raw))
    codes = {int(escape.removeprefix("\\u"), 16) for escape in escaped}
    ascii_only = raw.isascii() and any(code > 0x7F for code in codes)
    upper = any(re.search("[A-F]", escape[2:]) for escape in escaped)
    special = {chr(code) for code in codes if 0x20 <= code < 0x80} | ({"/"} if _SLASH.search(raw) else set())

    def write(letter: str) -> str:
        if letter in _SHORT:
            return _SHORT[letter]
        if letter == "/" and letter in special:
            return "\\/"
        code = ord(letter)
        plain = letter not in special if 0x20 <= code < 0x80 else code >= 0x80 and not ascii_only
        if plain:
            return letter
        units = letter.encode("utf-16-be", "surrogatepass")
        form = "\\u%04X" if upper else "\\u%04x"
        return "".join(form % int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))

    return write


def _edited(raw: str, source: Source, edits: list[tuple[Span, str]], encode: Encoder, layout: str) -> str:
    """The source's value after the edits, as a list of lines or one string as it was."""
    letters, ends = _letters(raw, source)
    kept = _splice(letters, ends, edits, encode)
    if kept and kept[-1][0] in _LINE_FEEDS:
        kept.pop()
    if not source.listed:
        return '"' + "".join(letter for letter, _ in kept) + '"'
    if not kept:
        return "[]"
    separators = [raw[left.end : right.start] for left, right in pairwise(source.items)]
    parts: list[str] = []
    line: list[str] = []
    for letter, end in kept[:-1]:
        line.append(letter)
        if end is not None:
            parts += ('"', *line, '"', separators[end] if end < len(separators) else layout)
            line = []
    parts += ('"', *line, kept[-1][0], '"')
    if source.items:
        opening = raw[source.span.start : source.items[0].start]
        closing = raw[source.items[-1].end : source.span.end]
    else:
        opening, closing = "[", "]"
    return "".join((opening, *parts, closing))


# A letter as written, and the number of the item that ends after it: None for none, _NEW for a new one.
Written = tuple[str, int | None]
_NEW = 1 << 60


def _letters(raw: str, source: Source) -> tuple[list[str], dict[int, int]]:
    """The source's characters as they are written, and the item that ends after each of some."""
    letters: list[str] = []
    ends = {}
    for number, item in enumerate(source.items):
        letters += _LETTER.findall(raw, item.start + 1, item.end - 1)
        if letters:
            ends[len(letters) - 1] = number
    return letters, ends


def _splice(
    letters: list[str], ends: dict[int, int], edits: list[tuple[Span, str]], encode: Encoder
) -> list[Written]:
    """The characters after the edits; a new line feed ends an item, as does the end of an old one."""
    before: list[Written] = [(letter, ends.get(at)) for at, letter in enumerate(letters)]
    before.append(("\\n", _NEW))  # the line feed after the cell
    if letters:
        last, end = before[-2]
        before[-2] = (last, end if last in _LINE_FEEDS else None)
    kept: list[Written] = []
    reached = 0
    for span, content in edits:
        kept += before[reached : span.start]
        kept += [(encode(letter), _NEW if letter == "\n" else None) for letter in content]
        reached = span.end
    return kept + before[reached:]


def _separator(raw: str, sources: list[Source]) -> str:
    """What stands between two lines of a source in this notebook."""
    for source in sources:
        if len(source.items) > 1:
            return raw[source.items[0].end : source.items[1].start]
    for source in sources:
        if source.listed and source.items:
            return "," + raw[source.span.start + 1 : source.items[0].start]
    return ", "


def _skip(raw: str, at: int) -> int:
    found = _SPACE.match(raw, at)
    return found.end() if found else at


def _members(raw: str, start: int) -> dict[str, Span]:
    """The places of an object's values by their keys; of a repeated key the last one counts."""
    found: dict[str, Span] = {}
    at = _skip(raw, start + 1)
    while raw[at] != "}":
        key, at = _decode(raw, at)
        at = _skip(raw, _skip(raw, at) + 1)
        end = _decode(raw, at)[1]
        found[key] = Span(at, end)
        at = _skip(raw, end)
        if raw[at] == ",":
            at = _skip(raw, at + 1)
    return found


def _elements(raw: str, start: int) -> Iterator[Span]:
    """The places of an array's elements."""
    at = _skip(raw, start + 1)
    while raw[at] != "]":
        end = _decode(raw, at)[1]
        yield Span(at, end)
        at = _skip(raw, end)
        if raw[at] == ",":
            at = _skip(raw, at + 1)
