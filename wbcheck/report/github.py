"""GitHub's workflow commands: annotations on the lines of a pull request.

GitHub shows ten errors and ten warnings a step, so the worst come first. It marks columns only
where a finding lies on one line. Escapes are those of its toolkit (``@actions/core``, ``command.ts``).
"""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context, place
from wbcheck.report.machine import Entry, chosen, entries, escaped, worst_first

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One ``::error …::`` line a finding."""
    return "".join(_line(each, context) + "\n" for each in worst_first(entries(diagnostics, context)))


def _line(entry: Entry, context: Context) -> str:
    start, end = entry.place.start, entry.place.end
    properties = {
        "title": f"wbcheck ({entry.diagnostic.code})",
        "file": entry.place.path,
        "line": str(start.row),
        "endLine": str(end.row),
    }
    if start.row == end.row:
        properties |= {"col": str(start.column), "endColumn": str(end.column)}
    shown = context.terminal.visible
    given = ",".join(f"{name}={escaped(shown(value), _PROPERTY)}" for name, value in properties.items())
    # The log shows the message alone, so the place is in it, too.
    message = "\n".join(
        shown(part) for part in (f"{place(entry.diagnostic)}: {entry.headline}", entry.how) if part
    )
    command = chosen(("error", "warning", "notice"), entry.diagnostic.severity)
    return f"::{command} {given}::{escaped(message, _DATA)}"
