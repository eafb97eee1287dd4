"""The last lines of a report for people: what was found, and the exact command to run next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from wbcheck.diagnostic import Applicability, Diagnostic, Severity, Silencer
from wbcheck.report.context import Context
from wbcheck.words import counted

SAFE, UNSAFE = "[*]", "[~]"
_WORDS = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))


def mark(diagnostic: Diagnostic) -> str:
    """``[*]`` where a safe fix waits, ``[~]`` where an unsafe one does, else nothing."""
    if diagnostic.fix is None:
        return ""
    return SAFE if diagnostic.fix.applicability is Applicability.SAFE else UNSAFE


def summary(diagnostics: Sequence[Diagnostic], context: Context) -> list[str]:
    """The closing lines: one that counts, then one for each kind of fix that is waiting."""
    lines = [_count(diagnostics, context)]
    safe = sum(mark(each) == SAFE for each in diagnostics)
    unsafe = sum(mark(each) == UNSAFE for each in diagnostics)
    if safe:
        lines.append(f"{SAFE} {safe} fixable: {_command(context, '--fix')}")
    if unsafe:
        more = "more " if safe else ""
        lines.append(f"{UNSAFE} {unsafe} {more}fixable: {_command(context, '--fix', '--unsafe-fixes')}")
    return lines


def _count(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    aside = [
        f"{number} {word}"
        for number, word in (
            (context.fixed, "fixed"),
            (_silenced(context, Silencer.COMMENT), "suppressed"),
            (_silenced(context, Silencer.BASELINE), "in the baseline"),
        )
        if number
    ]
    tail = f" ({', '.join(aside)})" if aside else ""
    tail += "" if context.seconds is None else f" in {context.seconds:.2f} s"
    files = counted(context.checked, "file")
    if not diagnostics:
        return f"No findings in {files}{tail}."
    kinds = [
        counted(number, word)
        for severity, word in _WORDS
        if (number := sum(each.severity is severity and not each.fault for each in diagnostics))
    ]
    faults = sum(each.fault for each in diagnostics)
    if faults:
        kinds.append(counted(faults, "failure") + " of wbcheck itself")
    found_in = len({each.path for each in diagnostics})
    # What cannot be read, such as a folder, is reported and not among those that were checked.
    where = f"{found_in} of {files}" if found_in < context.checked else counted(found_in, "file")
    listed = f"{', '.join(kinds[:-1])} and {kinds[-1]}" if kinds[1:] else kinds[0]
    return f"Found {listed} in {where}{tail}."


def _silenced(context: Context, by: Silencer) -> int:
    return sum(each.by is by for each in context.silenced)


def _command(context: Context, *options: str) -> str:
    head, rest = context.command[:2], context.command[2:]
    return shlex.join((*head, *options, *rest))
