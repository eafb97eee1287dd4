"""How often each rule speaks, and how much of it can be fixed (``--statistics``)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.summary import SAFE, UNSAFE, mark, summary


class Row(msgspec.Struct, frozen=True):
    """One rule's counts: all of its findings, those with a safe fix, those with an unsafe one."""

    code: str
    name: str
    count: int
    safe: int
    unsafe: int


def rows(diagnostics: Sequence[Diagnostic]) -> list[Row]:
    """The counts a rule, the most frequent first, then by code."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in diagnostics:
        found.setdefault((each.code, each.name), []).append(mark(each))
    counted = [
        Row(code, name, len(marks), marks.count(SAFE), marks.count(UNSAFE))
        for (code, name), marks in found.items()
    ]
    return sorted(counted, key=lambda row: (-row.count, row.code))


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """An aligned table with one rule a line, then the summary."""
    table = rows(diagnostics)
    count = max((len(str(row.count)) for row in table), default=0)
    code = max((len(row.code) for row in table), default=0)
    name = max((len(row.name) for row in table), default=0)
    lines = [
        f"{row.count:>{count}}  {row.code:<{code}}  {row.name:<{name}}  {_fixable(row)}".rstrip()
        for row in table
    ]
    if context.summary:
        lines += summary(diagnostics, context)
    return "".join(context.terminal.visible(line) + "\n" for line in lines)


def _fixable(row: Row) -> str:
    parts = [f"{sign} {number}" for sign, number in ((SAFE, row.safe), (UNSAFE, row.unsafe)) if number]
    return "  ".join(parts)
