"""Azure Pipelines' logging commands: issues on the page of a build.

A pipeline shows ten errors and ten warnings a step, so the worst come first; it knows no notes. Escapes
are those of its agent (``CommandStringConvertor``).
"""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, chosen, entries, escaped, worst_first

_DATA = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ";": "%3B", "]": "%5D"}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One ``##vso[task.logissue …]`` line a finding."""
    return "".join(_line(each, context) + "\n" for each in worst_first(entries(diagnostics, context)))


def _line(entry: Entry, context: Context) -> str:
    shown, start = context.terminal.visible, entry.place.start
    properties = {
        "type": chosen(("error", "warning", "warning"), entry.diagnostic.severity),
        "sourcepath": entry.place.path,
        "linenumber": str(start.row),
        "columnnumber": str(start.column),
        "code": entry.diagnostic.code,
    }
    given = ";".join(f"{name}={escaped(shown(value), _PROPERTY)}" for name, value in properties.items())
    message = shown(f"{entry.diagnostic.name}: {entry.message}")
    return f"##vso[task.logissue {given};]{escaped(message, _DATA)}"
