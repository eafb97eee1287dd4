"""A Python file as a source unit: decoded as Python decodes it, written back byte for byte."""

from __future__ import annotations

import codecs
import re

from wbcheck.diagnostic import Position, Span
from wbcheck.source.unit import Language, SourceError, Unit, native_ends, ordered

_BOM = codecs.BOM_UTF8
# PEP 263: a comment alone on one of the first two lines, the first being blank or a comment too.
_COOKIE = re.compile(rb"[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_FIRST_LINE = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")

_LONE = re.compile(r"\r(?!\n)")

# Codecs for the names of hosts: no code is written in them, and a megabyte takes a minute.
_OF_NAMES = ("idna", "punycode")


class PythonUnit(Unit):
    """A script or module."""

    def __init__(self, path: str, text: str, encoding: str, bom: bool) -> None:
        # Elsewhere lines end in a line feed, if after a carriage return.
        super().__init__(path, Language.PYTHON, text, _LONE.sub("\n", text) if "\r" in text else text)
        self._encoding = encoding
        self._bom = bom

    def apply(self, edits: tuple[tuple[Span, str], ...]) -> bytes:
        """The file's bytes after the edits; see ``Unit.apply``."""
        parts = []
        reached = 0
        for span, content in ordered(edits, len(self.text)):
            parts.append(self.text[reached : span.start])
            parts.append(_encodable(native_ends(content, self.text), self._encoding, span.start))
            reached = span.end
        parts.append(self.text[reached:])
        text = "".join(parts)
        data = (_BOM if self._bom else b"") + text.encode(self._encoding)
        self._check(text, data)
        return data

    def _check(self, text: str, data: bytes) -> None:
        """Refuse bytes that Python would not read back as ``text`` (a cookie was moved or changed)."""
        try:
            same = _decode(data)[0] == text
        except (SourceError, UnicodeDecodeError):
            same = False
        if not same:
            raise SourceError("the edit would change the encoding that Python reads the file in")


def read_python(path: str, data: bytes) -> PythonUnit:
    """The unit of a Python file's bytes.

    Raises ``SourceError`` for an unknown encoding or bytes that it cannot have written.
    """
    try:
        text, encoding, bom = _decode(data)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error) from None
    return PythonUnit(path, text, encoding, bom)


def _decode(data: bytes) -> tuple[str, str, bool]:
    bom = data.startswith(_BOM)
    encoding = _cookie(data, bom)
    return data.removeprefix(_BOM).decode(encoding), encoding, bom


def _cookie(data: bytes, bom: bool) -> str:
    """The codec's name, as ``bytes.decode`` takes it."""
    start = len(_BOM) if bom else 0
    found = _COOKIE.match(data, start)
    row = 1
    if found is None:
        first = _FIRST_LINE.match(data, start)
        found = first and _COOKIE.match(data, first.end())
        row = 2
    if found is None:
        return "utf-8"
    named = found.group(1).decode("ascii")
    place = Position(0, row, 1)
    try:
        codec = codecs.lookup(named)
        " ".encode(named)  # refuses what is a codec but not of text
        if codec.name in _OF_NAMES:
            raise LookupError(named)
    except (LookupError, ValueError):
        raise SourceError(f"unknown encoding in the file's first lines: {named}", 0, place) from None
    name = "utf-8" if codec.name == "utf-8-sig" else codec.name
    if bom and name != "utf-8":
        raise SourceError(f"the file has a UTF-8 byte order mark but declares {named}", 0, place)
    return name


def _encodable(content: str, encoding: str, offset: int) -> str:
    try:
        content.encode(encoding)
    except UnicodeEncodeError as error:
        letter = content[error.start]
        message = f"{letter!r} (U+{ord(letter):04X}) cannot be written in the file's encoding, {encoding}"
        raise SourceError(message, offset) from None
    return content


def _undecodable(data: bytes, error: UnicodeDecodeError) -> SourceError:
    """Where the first bad byte is, and what the file may be instead."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return SourceError("the file is UTF-16; Python reads UTF-8", 0, Position(0, 1, 1))
    start = len(_BOM) if data.startswith(_BOM) else 0
    before = error.object[: error.start].decode(error.encoding, "replace")
    lines = re.split(r"\r\n|\r|\n", before)
    place = Position(0, len(lines), len(lines[-1]) + 1)
    bad = error.object[error.start]
    message = f"not {error.encoding}: byte 0x{bad:02x} at {start + error.start} ({error.reason})"
    return SourceError(message, len(before), place)
