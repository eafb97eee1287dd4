"""One line a finding: ``path:row:column: CODE name message``, and a line that counts."""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic, Severity
from wbcheck.masking import masker
from wbcheck.report.context import Context, Terminal, place
from wbcheck.report.summary import SAFE, UNSAFE, mark, summary

# Written out here because this format must not pay for rich's import.
_RESET = "\x1b[0m"
_BOLD, _CYAN = "\x1b[1m", "\x1b[36m"
_FIXABLE = {SAFE: "\x1b[32m", UNSAFE: "\x1b[33m"}
_SEVERITY = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;34m"}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """The findings one a line, in the order given, then the summary (see ``Context.summary``)."""
    mask, terminal = masker(diagnostics, context.sources), context.terminal
    write = _colored if terminal.color else _plain
    lines = [write(each, mask(each.message), terminal) for each in diagnostics]
    if context.summary:
        lines += [terminal.visible(line) for line in summary(diagnostics, context)]
    return "".join(line + "\n" for line in lines)


def _plain(diagnostic: Diagnostic, message: str, terminal: Terminal) -> str:
    where, fixable = terminal.visible(place(diagnostic)), mark(diagnostic)
    words = (f"{where}:", diagnostic.code, diagnostic.name, fixable, terminal.visible(message))
    return " ".join(word for word in words if word)


def _colored(diagnostic: Diagnostic, message: str, terminal: Terminal) -> str:
    where, fixable = terminal.visible(place(diagnostic)), mark(diagnostic)
    words = (
        f"{_BOLD}{where}{_RESET}{_CYAN}:{_RESET}",
        f"{_SEVERITY[diagnostic.severity]}{diagnostic.code}{_RESET}",
        diagnostic.name,
        f"{_FIXABLE[fixable]}{fixable}{_RESET}" if fixable else "",
        terminal.visible(message),
    )
    return " ".join(word for word in words if word)
