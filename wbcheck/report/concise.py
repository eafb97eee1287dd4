"""One line a finding: ``path:row:column: CODE name message``, and a line that counts."""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic, Severity
from wbcheck.masking import masker
from wbcheck.report.context import Context, place, visible
from wbcheck.report.summary import mark, summary

# Written out here because this format must not pay for rich's import.
_RESET = "\x1b[0m"
_BOLD, _GREEN, _CYAN = "\x1b[1m", "\x1b[32m", "\x1b[36m"
_SEVERITY = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;34m"}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """The findings one a line, in the order given, then the summary (see ``Context.summary``)."""
    mask = masker(diagnostics, context.sources)
    color = context.terminal.color
    lines = [
        _colored(each, mask(each.message)) if color else _plain(each, mask(each.message))
        for each in diagnostics
    ]
    if context.summary:
        lines += summary(diagnostics, context)
    return context.terminal.writable("".join(line + "\n" for line in lines))


def _plain(diagnostic: Diagnostic, message: str) -> str:
    where, fixable = visible(place(diagnostic)), mark(diagnostic)
    words = (f"{where}:", diagnostic.code, diagnostic.name, fixable, visible(message))
    return " ".join(word for word in words if word)


def _colored(diagnostic: Diagnostic, message: str) -> str:
    where, fixable = visible(place(diagnostic)), mark(diagnostic)
    words = (
        f"{_BOLD}{where}{_RESET}{_CYAN}:{_RESET}",
        f"{_SEVERITY[diagnostic.severity]}{diagnostic.code}{_RESET}",
        diagnostic.name,
        f"{_GREEN}{fixable}{_RESET}" if fixable else "",
        visible(message),
    )
    return " ".join(word for word in words if word)
