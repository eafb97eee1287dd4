"""The findings of each file under its name, in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from wbcheck.diagnostic import Diagnostic
from wbcheck.report import paint
from wbcheck.report.context import Context, position
from wbcheck.report.summary import summary


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """A heading and aligned lines for each file, then the summary."""
    mask, terminal = context.masker(diagnostics), context.terminal
    lines: list[str] = []
    for path, group in groupby(diagnostics, key=lambda each: each.path):
        lines += [paint.place(terminal.visible(path), terminal), *_rows(list(group), mask, context), ""]
    if context.summary:
        lines += [terminal.visible(line) for line in summary(diagnostics, context)]
    return "".join(line + "\n" for line in lines)


def _rows(found: Sequence[Diagnostic], mask: Callable[[str], str], context: Context) -> list[str]:
    where, code, name = (
        max(len(text) for text in column)
        for column in zip(*((position(each), each.code, each.name) for each in found), strict=True)
    )
    rows = []
    for each in found:
        # Colours and links have no width: the blanks are counted by what is seen.
        shown = paint.code(each, context) + " " * (code - len(each.code))
        head = f"  {position(each):<{where}}  {shown} {each.name:<{name}} "
        words = (paint.sign(each, context.terminal), context.terminal.visible(mask(each.message)))
        rows.append(" ".join((head, *(word for word in words if word))))
    return rows
