"""One page that holds everything: to keep as a build's artifact, or to send to somebody.

It runs no script and asks no server; its own policy forbids both.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from wbcheck import __version__
from wbcheck.diagnostic import Diagnostic, Severity, Silenced
from wbcheck.report import statistics
from wbcheck.report.context import Context, position, within
from wbcheck.report.machine import Entry, chosen, entries
from wbcheck.report.patch import Changed, patch
from wbcheck.report.summary import SAFE, UNSAFE, mark, summary
from wbcheck.source.unit import Unit

_AROUND = 2
"""Lines of source shown before and after a finding."""
_TALLEST = 12
_WORDS = ("error", "warning", "note")


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """The page: what was found, rule by rule and file by file, and what is held back."""
    return _Page(diagnostics, context).text()


class _Page:
    def __init__(self, diagnostics: Sequence[Diagnostic], context: Context) -> None:
        self._mask = context.masker(diagnostics)
        self._context = context
        self._diagnostics = diagnostics

    def text(self) -> str:
        found = entries(self._diagnostics, self._context)
        files = groupby(found, key=lambda each: each.diagnostic.path)
        counted = summary(self._diagnostics, self._context)[0]
        parts = [
            f"<h1>wbcheck</h1>\n<p>{self._show(counted)}</p>\n",
            self._rules(),
            *(self._file(path, list(group)) for path, group in files),
            self._silenced(self._context.silenced),
            f"<footer>wbcheck {escape(__version__)}</footer>\n",
        ]
        return _FRAME.replace("{body}", "".join(parts))

    def _show(self, text: str) -> str:
        """Text as HTML: masked, and with escapes for what would not be seen."""
        return escape(self._context.terminal.visible(self._mask(text)))

    def _rules(self) -> str:
        rows = [
            f'<tr><td class="number">{row.count}</td><td><code>{escape(row.code)}</code></td>'
            f"<td>{escape(row.name)}</td><td>{self._fixable(row)}</td></tr>\n"
            for row in statistics.rows(self._diagnostics)
        ]
        if not rows:
            return ""
        head = "<tr><th>findings</th><th>code</th><th>rule</th><th>fixable</th></tr>\n"
        return f"<table>\n{head}{''.join(rows)}</table>\n"

    def _fixable(self, row: statistics.Row) -> str:
        words = [f"{row.safe} safe"] if row.safe else []
        words += [f"{row.unsafe} unsafe"] if row.unsafe else []
        return ", ".join(words)

    def _file(self, path: str, found: list[Entry]) -> str:
        head = f'<h2><code>{self._show(path)}</code> <span class="count">{len(found)}</span></h2>\n'
        return f"<section>\n{head}{''.join(map(self._finding, found))}</section>\n"

    def _finding(self, entry: Entry) -> str:
        diagnostic = entry.diagnostic
        word = chosen(_WORDS, diagnostic.severity)
        signs = {SAFE: "safe fix", UNSAFE: "unsafe fix"}
        tail = f' <span class="fix">{signs[mark(diagnostic)]}</span>' if mark(diagnostic) else ""
        anchor = entry.fingerprint.whole
        head = (
            f'<a href="#{anchor}">{escape(position(diagnostic))}</a> '
            f'<span class="severity">{word}</span> <code>{escape(diagnostic.code)}</code> '
            f"{escape(diagnostic.name)}{tail}"
        )
        parts = [
            f'<article class="{word}" id="{anchor}">\n',
            f"<h3>{head}</h3>\n",
            f'<p class="message">{self._show(diagnostic.message)}</p>\n',
            self._source(diagnostic),
            *(
                f"<p><b>{key}</b> {self._show(text)}</p>\n"
                for key, text in (("Why:", diagnostic.why), ("How:", diagnostic.how))
                if text
            ),
            self._related(diagnostic),
            self._patch(diagnostic),
            "</article>\n",
        ]
        return "".join(parts)

    def _source(self, diagnostic: Diagnostic) -> str:
        unit = self._context.sources(diagnostic.path)
        start, end = diagnostic.range.start, diagnostic.range.end
        if unit is None or not 1 <= start.row <= unit.row_count(start.cell):
            return ""
        first = max(1, start.row - _AROUND)
        last = min(unit.row_count(start.cell), end.row + _AROUND, start.row + _TALLEST)
        rows = []
        for row in range(first, last + 1):
            marked = ' class="marked"' if start.row <= row <= end.row else ""
            rows.append(f"<span{marked}><i>{row}</i>{self._line(unit, row, start.cell)}</span>\n")
        return f"<pre>{''.join(rows)}</pre>\n"

    def _line(self, unit: Unit, row: int, cell: int) -> str:
        span = unit.line_span(row, cell)
        return self._show(unit.text[span.start : span.end].expandtabs(4))

    def _related(self, diagnostic: Diagnostic) -> str:
        items = []
        for label in diagnostic.related:
            path = label.path or diagnostic.path
            unit = self._context.sources(path)
            start = None if unit is None else unit.locate(label.span).start
            where = path if start is None else f"{path}:{within(start.cell, start.row, start.column)}"
            items.append(f"<li><code>{self._show(where)}</code> {self._show(label.message)}</li>\n")
        return f"<ul>\n{''.join(items)}</ul>\n" if items else ""

    def _patch(self, diagnostic: Diagnostic) -> str:
        if diagnostic.fix is None:
            return ""
        changes = patch(diagnostic.fix, diagnostic.path, self._context.sources)
        lines = "".join(f"{self._changed(each)}\n" for each in changes)
        head = f"{self._show(diagnostic.fix.message)} ({diagnostic.fix.applicability.value})"
        return f"<details>\n<summary>{head}</summary>\n<pre>{lines}</pre>\n</details>\n"

    def _changed(self, change: Changed) -> str:
        element = {"-": "del", "+": "ins"}.get(change.sign, "span")
        return f"<{element}>{escape(change.sign)} {self._show(change.text)}</{element}>"

    def _silenced(self, silenced: Sequence[Silenced]) -> str:
        items = [
            f"<li><code>{self._show(f'{each.diagnostic.path}:{position(each.diagnostic)}')}</code> "
            f"<code>{escape(each.diagnostic.code)}</code> {self._show(each.diagnostic.message)} "
            f"({escape(each.by.value)}{self._reason(each.reason)})</li>\n"
            for each in silenced
        ]
        if not items:
            return ""
        head = f"<summary>{len(items)} held back by comments and the baseline</summary>"
        return f"<details>\n{head}\n<ul>\n{''.join(items)}</ul>\n</details>\n"

    def _reason(self, reason: str) -> str:
        return f": {self._show(reason)}" if reason else ""


_SEVERITY_COLOURS = {Severity.ERROR: "#c0392b", Severity.WARNING: "#b7791f", Severity.INFO: "#2b6cb0"}
_COLOURS = "".join(
    f"article.{chosen(_WORDS, severity)} {{ border-color: {colour} }}\n"
    f".{chosen(_WORDS, severity)} .severity {{ color: {colour} }}\n"
    for severity, colour in _SEVERITY_COLOURS.items()
)
_FRAME = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>wbcheck</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
h2 {{ font-size: 1.1rem; margin-top: 2.5rem }}
h3 {{ font-size: 1rem; font-weight: normal; margin: 0 }}
code, pre {{ font: 13px/1.5 ui-monospace, monospace }}
pre {{ overflow-x: auto; padding: .5rem; background: #8881 }}
pre i {{ display: inline-block; width: 3.5em; opacity: .5; font-style: normal; user-select: none }}
pre span {{ display: inline-block; min-width: 100% }}
pre .marked {{ background: #fd04 }}
pre ins {{ color: #2f855a; text-decoration: none }}
pre del {{ color: #c0392b; text-decoration: none }}
article {{ border-left: 3px solid; padding: .2rem 0 .2rem 1rem; margin: 1.2rem 0 }}
.message {{ font-weight: bold; margin: .2rem 0 }}
.count, footer, .fix {{ opacity: .6 }}
table {{ border-collapse: collapse }}
td, th {{ padding: .1rem .8rem .1rem 0; text-align: left }}
.number {{ text-align: right }}
{_COLOURS}</style>
</head>
<body>
{{body}}</body>
</html>
"""
