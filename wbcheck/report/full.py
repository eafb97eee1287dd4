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
from wbcheck.masking import masker
from wbcheck.report.context import Context, Terminal, place, visible
from wbcheck.report.frame import Charset, Line, Place, Run, frame, wrapped
from wbcheck.report.patch import patch
from wbcheck.report.summary import SAFE, UNSAFE, mark, summary

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
_WIDEST = 120
"""Prose is no easier to read when it is wider than this, however wide the terminal."""
_DIFF_LINES = 14
_FONT_FACE = re.compile(r"@font-face \{[^}]*\}\s*")


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """Every finding under its frame, in the order given, then the summary."""
    out = io.StringIO()
    terminal = context.terminal
    _print(_console(out, terminal), _report(diagnostics, context), terminal)
    return terminal.writable(out.getvalue())


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
    mask = masker(diagnostics, context.sources)
    chars = Charset.box() if context.terminal.box else Charset.ascii()
    lines: list[Line] = []
    for _, group in groupby(diagnostics, key=lambda each: (each.path, each.span)):
        lines += _group(list(group), context, mask, chars)
        lines.append([])
    if context.summary:
        lines += [_summary(line) for line in summary(diagnostics, context)]
    return lines


def _summary(line: str) -> Line:
    for sign, style in ((SAFE, "safe"), (UNSAFE, "unsafe")):
        if line.startswith(sign):
            text, colon, command = line.partition(": ")
            return [Run(sign, style), Run(text[len(sign) :] + colon), Run(visible(command), "key")]
    return [Run(visible(line), "key")]


def _group(
    group: list[Diagnostic], context: Context, mask: Callable[[str], str], chars: Charset
) -> list[Line]:
    """Findings at one place: their headlines, one frame, then what each one says."""
    first = group[0]
    width = context.terminal.width
    lines = [line for each in group for line in _headline(each, mask(each.message), width)]
    labels = [
        Place(label.path or first.path, label.span, mask(label.message), False)
        for label in dict.fromkeys(label for each in group for label in each.related)
    ]
    own = list(dict.fromkeys(mask(each.label) for each in group if each.label)) or [""]
    spots = [*(Place(first.path, first.span, label, True) for label in own), *labels]
    picture, gutter = frame(
        spots,
        header=visible(place(first)),
        sources=context.sources,
        width=width,
        mask=mask,
        chars=chars,
        accent=first.severity.value,
    )
    lines += picture
    several = len(group) > 1
    for each in group:
        prefix = f"{each.code} " if several else ""
        lines += _notes(each, prefix, gutter, context, mask, chars)
    return lines


def _headline(diagnostic: Diagnostic, message: str, width: int) -> list[Line]:
    sign = mark(diagnostic)
    head: Line = [Run(diagnostic.code, diagnostic.severity.value, diagnostic.url), Run(" ")]
    head.append(Run(diagnostic.name, "name", diagnostic.url))
    if sign:
        head += [Run(" "), Run(sign, "safe" if sign == SAFE else "unsafe")]
    head.append(Run("  "))
    used = sum(cell_len(run.text) for run in head)
    texts = wrapped(visible(message), width - used, width - 4)
    return [[*head, Run(texts[0])], *([Run("    "), Run(text)] for text in texts[1:])]


def _notes(
    diagnostic: Diagnostic,
    prefix: str,
    gutter: int,
    context: Context,
    mask: Callable[[str], str],
    chars: Charset,
) -> list[Line]:
    lines: list[Line] = []
    width = min(context.terminal.width, _WIDEST)

    def note(key: str, text: str, style: str = "", link: str = "") -> None:
        head = f"{prefix}{key}: "
        room = width - gutter - 2 - len(head)
        for index, part in enumerate(wrapped(visible(mask(text)), room, room)):
            start = [Run(" " * gutter + "= ", "frame"), Run(head, "key")]
            indent = [Run(" " * (gutter + 2 + len(head)))]
            lines.append([*(indent if index else start), Run(part, style, link)])

    if diagnostic.why:
        note("why", diagnostic.why)
    if diagnostic.how and (diagnostic.fix is None or diagnostic.how != diagnostic.fix.message):
        note("how", diagnostic.how)
    fix = diagnostic.fix
    if fix is not None:
        safe = mark(diagnostic) == SAFE
        note("fix", fix.message if safe else f"{fix.message} (unsafe)")
        changes = patch(fix, diagnostic.path, context.sources)
        lines += _patch_lines(changes, gutter + 4, context.terminal.width, mask, chars)
    if diagnostic.url and not context.terminal.links:
        note("see", diagnostic.url, "dim")
    return lines


def _patch_lines(
    changes: list[tuple[str, str]], indent: int, width: int, mask: Callable[[str], str], chars: Charset
) -> list[Line]:
    lines: list[Line] = []
    styles = {"-": "old", "+": "new", "@": "place"}
    for kind, text in changes[:_DIFF_LINES]:
        shown = visible(mask(text).expandtabs(4))
        if cell_len(shown) > width - indent - 2:
            kept = Text(shown)
            kept.truncate(width - indent - 2 - cell_len(chars.gap))
            shown = kept.plain + chars.gap
        sign = "" if kind == "@" else f"{kind} "
        lines.append([Run(" " * indent), Run(f"{sign}{shown}", styles.get(kind, "dim"))])
    rest = len(changes) - _DIFF_LINES
    if rest > 0:
        lines.append([Run(" " * indent), Run(f"{chars.gap} {rest} more", "dim")])
    return lines


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
