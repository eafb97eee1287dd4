"""One line a finding: ``path:row:column: CODE name message``, and a line that counts."""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.report import paint
from wbcheck.report.context import Context, place
from wbcheck.report.summary import summary


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """The findings one a line, in the order given, then the summary (see ``Context.summary``)."""
    mask, terminal = context.masker(diagnostics), context.terminal
    lines = [_line(each, mask(each.message), context) for each in diagnostics]
    if context.summary:
        lines += [terminal.visible(line) for line in summary(diagnostics, context)]
    return "".join(line + "\n" for line in lines)


def _line(diagnostic: Diagnostic, message: str, context: Context) -> str:
    terminal = context.terminal
    words = (
        paint.place(terminal.visible(place(diagnostic)), terminal),
        paint.code(diagnostic, context),
        diagnostic.name,
        paint.sign(diagnostic, terminal),
        terminal.visible(message),
    )
    return " ".join(word for word in words if word)
