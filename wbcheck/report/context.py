"""What a report needs to know besides the diagnostics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import msgspec

from wbcheck.diagnostic import Diagnostic, Silenced
from wbcheck.masking import masker
from wbcheck.source.unit import Unit

if TYPE_CHECKING:
    from wbcheck.rule import LoadedRule

_BOX = "│╭╰├─…"


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """What the stream can show: ``width`` in cells, colours, clickable links, its encoding.

    ``interactive`` says that a person is looking at it (it is a terminal, not a pipe).
    """

    width: int = 100
    color: bool = False
    links: bool = False
    interactive: bool = False
    encoding: str = "utf-8"

    @property
    def box(self) -> bool:
        """Whether the encoding can write box drawing."""
        try:
            _BOX.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def visible(self, text: str) -> str:
        """``text`` with escapes for what would not be seen as it is, or cannot be written at all.

        That is control and direction marks, odd spaces, and what the encoding lacks. Zero-width
        joiners stay: without them emoji fall apart.
        """
        if text.isascii() and text.isprintable():
            return text
        return "".join(each if self._shows(each) else _escape(each) for each in text)

    def _shows(self, character: str) -> bool:
        if not character.isprintable() and character != "\u200d":
            return False
        try:
            character.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return character.isascii()
        return True


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one report.

    ``sources`` gives the unit that was checked under a path (``None`` where it could not be
    read). ``root`` is the absolute folder that fingerprints and the paths of machine formats are
    relative to (the repository's), ``cwd`` the one that diagnostics' paths are relative to.
    ``checked`` counts files, ``fixed`` findings that are no more; ``silenced`` are those that are
    there and not reported. ``rules`` gives the rules that were checked. ``command`` is what was
    typed, without fix and output options, and is what the last line suggests to run again.
    ``address`` gives a rule's page on the documentation's site, ``page`` what its code leads to in a terminal
    where there is no such page (both empty for none).
    """

    sources: Callable[[str], Unit | None]
    root: str
    cwd: str
    checked: int = 0
    silenced: Sequence[Silenced] = ()
    fixed: int = 0
    rules: Callable[[], Sequence[LoadedRule]] = lambda: ()
    address: Callable[[str], str] = lambda code: ""
    page: Callable[[str], str] = lambda code: ""
    seconds: float | None = None
    command: tuple[str, ...] = ("wbcheck", "check")
    terminal: Terminal = Terminal()
    summary: bool = True

    def masker(self, diagnostics: Iterable[Diagnostic]) -> Callable[[str], str]:
        """What hides secrets in a report on these findings; a secret that is held back is still one."""
        return masker((*diagnostics, *(each.diagnostic for each in self.silenced)), self.sources)

    def absolute(self, path: str) -> str:
        """The absolute form of a path as diagnostics carry it; standard input keeps its name."""
        return path if path == "-" else os.path.normpath(os.path.join(self.cwd, path))

    def relative(self, path: str) -> str:
        """The path relative to ``root``, with forward slashes; absolute where it lies outside."""
        absolute = self.absolute(path)
        prefix = self.root.rstrip(os.sep) + os.sep
        shown = absolute.removeprefix(prefix)
        return shown.replace(os.sep, "/")


def terminal(stream: TextIO, environ: Mapping[str, str], color: str = "auto") -> Terminal:
    """What ``stream`` can show, under ``NO_COLOR``, ``FORCE_COLOR``, ``TERM`` and ``COLUMNS``.

    ``color`` is ``auto``, ``always`` or ``never``; a person's word beats the environment, and
    ``NO_COLOR`` beats ``FORCE_COLOR`` (https://no-color.org, https://force-color.org).
    """
    interactive = stream.isatty()
    dumb = environ.get("TERM", "") == "dumb"
    if color != "auto":
        colored = color == "always"
    elif environ.get("NO_COLOR"):
        colored = False
    elif environ.get("FORCE_COLOR"):
        colored = environ["FORCE_COLOR"] != "0"
    else:
        colored = interactive and not dumb
    return Terminal(
        width=_width(stream, environ, interactive),
        color=colored,
        links=colored and interactive and not dumb,
        interactive=interactive,
        encoding=getattr(stream, "encoding", None) or "utf-8",
    )


def repository(path: str) -> str | None:
    """The nearest folder at or above an absolute path that is a git repository's, or ``None``."""
    while True:
        if os.path.exists(os.path.join(path, ".git")):
            return path
        above = os.path.dirname(path)
        if above == path:
            return None
        path = above


def _width(stream: TextIO, environ: Mapping[str, str], interactive: bool) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(40, int(columns))
    if interactive:
        try:
            return max(40, os.get_terminal_size(stream.fileno()).columns or 80)
        except (OSError, ValueError):
            return 80
    return 100


def place(diagnostic: Diagnostic) -> str:
    """Where a finding is, as editors and terminals make it clickable: ``path:row:column``.

    In a notebook ``path:cell N:row:column``, as ruff writes it.
    """
    return f"{diagnostic.path}:{position(diagnostic)}"


def position(diagnostic: Diagnostic) -> str:
    """Where a finding is within its file: ``row:column``, in a notebook ``cell N:row:column``."""
    start = diagnostic.range.start
    return within(start.cell, start.row, start.column)


def within(cell: int, row: int, column: int) -> str:
    """A place within a file as ``position`` writes it; ``cell`` is 0 outside of notebooks."""
    return f"{f'cell {cell}:' if cell else ''}{row}:{column}"
