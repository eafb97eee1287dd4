"""Source frames for people: the place, what it is, why it matters, how to mend it.

The picture is laid out by ``wbcheck.report.frame`` as plain runs of text; rich only paints
them, and never reads them as markup.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.cells import Charset, Line, Look, Run, shortened, wrapped
from wbcheck.report.context import Context, Terminal, place
from wbcheck.report.frame import Place, frame
from wbcheck.report.paint import address_of
from wbcheck.report.patch import Changed, patch
from wbcheck.report.summary import SAFE, UNSAFE, mark, summary
from wbcheck.words import counted

_STYLES = {
    "": Style(),
    "error": Style(color="red", bold=True),
    "warning": Style(color="yellow", bold=True),
    "info": Style(color="blue", bold=True),
    "name": Style(bold=True),
    "message": Style(bold=True),
    "frame": Style(color="blue"),
    "place": Style(color="cyan"),
    "secondary": Style(color="blue"),
    "key": Style(bold=True),
    "safe": Style(color="green", bold=True),
    "unsafe": Style(color="yellow", bold=True),
    "old": Style(color="red"),
    "new": Style(color="green"),
    "dim": Style(dim=True),
}
_SIGNS = {SAFE: "safe", UNSAFE: "unsafe"}
_CHANGES = {"-": "old", "+": "new", "@": "place"}
_WIDEST = 120
"""Prose is no easier to read when it is wider than this, however wide the terminal."""
_DIFF_LINES = 14
_FONT_FACE = re.compile(r"@font-face \{[^}]*\}\s*")


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """Every finding under its frame, in the order given, then the summary."""
    out = io.StringIO()
    terminal = context.terminal
    _print(_console(out, terminal), _report(diagnostics, context), terminal)
    return out.getvalue()


def export_svg(diagnostics: Sequence[Diagnostic], context: Context, title: str) -> str:
    """The same picture as an SVG that asks no server for fonts; ``title`` stands in its window frame."""
    console = _console(io.StringIO(), context.terminal, record=True)
    _print(console, _report(diagnostics, context), context.terminal)
    picture = console.export_svg(title=title, theme=_THEME, unique_id="wbcheck")
    return _FONT_FACE.sub("", picture)


def _console(out: io.StringIO, terminal: Terminal, record: bool = False) -> Console:
    # The environment was read once, by `context.terminal`; rich must not read it again.
    return Console(
        file=out,
        force_terminal=terminal.color or record,
        color_system="standard" if terminal.color or record else None,
        width=terminal.width,
        legacy_windows=False,
        soft_wrap=True,
        markup=False,
        emoji=False,
        highlight=False,
        record=record,
        _environ={},
    )


def _print(console: Console, lines: Iterable[Line], terminal: Terminal) -> None:
    for line in lines:
        text = Text(no_wrap=True, overflow="ignore")
        for run in line:
            style = _STYLES[run.style]
            if run.link and terminal.links:
                style += Style(link=run.link)
            text.append(run.text, style)
        text.rstrip()
        console.print(text, no_wrap=True, overflow="ignore", crop=False)


def _report(diagnostics: Sequence[Diagnostic], context: Context) -> list[Line]:
    pen = _Pen(context, context.masker(diagnostics))
    lines: list[Line] = []
    for _, group in groupby(diagnostics, key=lambda each: (each.path, each.span)):
        lines += pen.group(list(group))
        lines.append([])
    if context.summary:
        lines += [_summary(context.terminal.visible(line)) for line in summary(diagnostics, context)]
    return lines


def _summary(line: str) -> Line:
    for sign, style in _SIGNS.items():
        if line.startswith(sign):
            text, colon, command = line.partition(": ")
            return [Run(sign, style), Run(text[len(sign) :] + colon), Run(command, "key")]
    return [Run(line, "key")]


class _Pen:
    """Draws findings one group after the other, and remembers what it has explained."""

    def __init__(self, context: Context, mask: Callable[[str], str]) -> None:
        self._context = context
        self._sources = context.sources
        self._terminal = context.terminal
        chars = Charset.box() if context.terminal.box else Charset.ascii()
        self._look = Look(context.terminal.width, chars, context.terminal.visible, mask)
        self._said: set[str] = set()

    def group(self, group: list[Diagnostic]) -> list[Line]:
        """Findings at one place: their headlines, one frame, then what each one says."""
        first = group[0]
        lines = [line for each in group for line in self._headline(each)]
        labels = dict.fromkeys(label for each in group for label in each.related)
        own = "; ".join(dict.fromkeys(each.label for each in group if each.label))
        places = [Place(first.path, first.span, self._look.mask(own), True)]
        places += (
            Place(each.path or first.path, each.span, self._look.mask(each.message), False) for each in labels
        )
        picture, gutter = frame(
            places,
            header=place(first),
            sources=self._sources,
            look=self._look,
            accent=first.severity.value,
        )
        lines += picture
        for each in group:
            lines += self._notes(each, f"{each.code} " if len(group) > 1 else "", gutter)
        return lines

    def _headline(self, diagnostic: Diagnostic) -> list[Line]:
        sign, width = mark(diagnostic), self._terminal.width
        address = address_of(diagnostic, self._context)
        head: Line = [Run(diagnostic.code, diagnostic.severity.value, address), Run(" ")]
        head.append(Run(diagnostic.name, "name", address))
        if sign:
            head += [Run(" "), Run(sign, _SIGNS[sign])]
        head.append(Run("  "))
        used = sum(cell_len(run.text) for run in head)
        texts = wrapped(self._shown(diagnostic.message), width - used, width - 4)
        return [[*head, Run(texts[0])], *([Run("    "), Run(text)] for text in texts[1:])]

    def _notes(self, diagnostic: Diagnostic, prefix: str, gutter: int) -> list[Line]:
        """Why, how, the fix and where to read on; what was said of an earlier finding is not said again."""
        lines: list[Line] = []
        fix, is_safe = diagnostic.fix, mark(diagnostic) == SAFE
        if diagnostic.why and self._is_new(diagnostic.why):
            lines += self._note(f"{prefix}why", diagnostic.why, gutter)
        # A safe fix says by itself what to do.
        if diagnostic.how and not is_safe:
            lines += self._note(f"{prefix}how", diagnostic.how, gutter)
        if fix is not None:
            message = fix.message if is_safe else f"{fix.message} (unsafe)"
            lines += self._note(f"{prefix}fix", message, gutter)
            lines += self._patch(patch(fix, diagnostic.path, self._sources), gutter + 4)
        if diagnostic.url and not self._terminal.links and self._is_new(diagnostic.url):
            lines += self._note(f"{prefix}see", diagnostic.url, gutter)
        return lines

    def _note(self, key: str, text: str, gutter: int) -> list[Line]:
        indent = gutter + 2 + len(key) + 2
        room = min(self._terminal.width, _WIDEST) - indent
        first, *rest = wrapped(self._shown(text), room, room)
        head = [Run(" " * gutter + "= ", "frame"), Run(f"{key}: ", "key"), Run(first)]
        return [head, *([Run(" " * indent), Run(line)] for line in rest)]

    def _patch(self, changes: list[Changed], indent: int) -> list[Line]:
        lines: list[Line] = []
        room = self._terminal.width - indent - 2
        for each in changes[:_DIFF_LINES]:
            text = shortened(self._look.mask(each.text), each.at, room, self._look)
            sign = "" if each.sign == "@" else f"{each.sign} "
            lines.append([Run(" " * indent), Run(sign + text, _CHANGES.get(each.sign, ""))])
        if len(changes) > _DIFF_LINES:
            more = f"{self._look.chars.gap} {counted(len(changes) - _DIFF_LINES, 'more line')}"
            lines.append([Run(" " * indent), Run(more, "dim")])
        return lines

    def _shown(self, text: str) -> str:
        return self._look.show(self._look.mask(text))

    def _is_new(self, text: str) -> bool:
        new = text not in self._said
        self._said.add(text)
        return new


_THEME = TerminalTheme(
    (24, 26, 31),
    (214, 218, 226),
    [
        (40, 44, 52),
        (240, 98, 106),
        (130, 200, 120),
        (236, 190, 92),
        (104, 165, 245),
        (198, 120, 221),
        (86, 190, 202),
        (214, 218, 226),
    ],
)
