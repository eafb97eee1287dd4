"""Where each key and value of a TOML text stands.

`tomllib` gives values without places. This scanner gives places without values: it is
run on text that `tomllib` has accepted, so it may trust the syntax, and it is run only
when there is an error to point at.
"""

from __future__ import annotations

import re
import tomllib

import msgspec

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[ \t]*("(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+)[ \t]*(\.)?')
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'',
    re.DOTALL,
)
_ATOM = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")


class Place(msgspec.Struct, frozen=True):
    """The character spans of one key and of its value; an array element's key is its value."""

    key: tuple[int, int]
    value: tuple[int, int]


def find_places(text: str) -> dict[Path, Place]:
    """The place of every key path in ``text``, which must be valid TOML.

    A path is made of keys and of array indices. The value of a table is its header (or
    its first key, where it has none).
    """
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, Place] = {}
        self.counts: dict[Path, int] = {}

    def run(self) -> dict[Path, Place]:
        table: Path = ()
        while True:
            self._skip_blank()
            if self.at >= len(self.text):
                return self.places
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def _header(self) -> Path:
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        keys = self._keys()
        self.at = self.text.index("]", self.at) + (2 if double else 1)
        path = self._note((), keys)
        if double:
            number = self.counts.get(path, 0)
            self.counts[path] = number + 1
            path = (*path, number)
            self.places[path] = Place(keys[-1][1], keys[-1][1])
        return path

    def _note(self, base: Path, keys: list[tuple[str, tuple[int, int]]]) -> Path:
        path = base
        for name, span in keys:
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
            path = (*path, name)
            self.places.setdefault(path, Place(span, span))
        return path

    def _keys(self) -> list[tuple[str, tuple[int, int]]]:
        keys = []
        while True:
            match = _KEY.match(self.text, self.at)
            assert match is not None
            raw = match.group(1)
            name = next(iter(tomllib.loads(f"{raw} = 0")))
            keys.append((name, match.span(1)))
            self.at = match.end()
            if not match.group(2):
                return keys

    def _pair(self, base: Path) -> None:
        keys = self._keys()
        path = self._note(base, keys)
        self.at = self.text.index("=", self.at) + 1
        while self.text[self.at] in " \t":
            self.at += 1
        start = self.at
        self._value(path)
        self.places[path] = Place(keys[-1][1], (start, self.at))

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            pattern = _STRING if first in "\"'" else _ATOM
            match = pattern.match(self.text, self.at)
            assert match is not None
            self.at = match.end()

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip_blank()
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            start = self.at
            self._value((*path, index))
            self.places[(*path, index)] = Place((start, self.at), (start, self.at))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self._skip_blank()
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
