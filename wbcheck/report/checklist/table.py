"""The checklists for the terminal: a table of runs, and one of items.

Rich lays out the tables and paints the words, and never reads them as markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wbcheck.checklist import ITEMS, SECTIONS, Answer
from wbcheck.report.checklist.overview import Overview, Row
from wbcheck.report.context import Terminal

_WIDEST = 32
"""How wide the column of runs gets, in cells; a longer title is cut."""
_NARROW = 96
"""Under so many columns there is no room for a table of runs."""


def render(overview: Overview, terminal: Terminal) -> str:
    """Both tables; where there are no runs, a line that says so."""
    if not overview.rows:
        return "no run is started here\n"
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=terminal.color,
        color_system="standard" if terminal.color else None,
        width=terminal.width,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for part in [_runs(overview, terminal)] if terminal.width >= _NARROW else _list(overview, terminal):
        console.print(part)
    console.print("2/6: two of six hold; ? is not known, - is not asked", style="dim")
    console.print()
    console.print(_items(overview, terminal))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _table(terminal: Terminal) -> Table:
    return Table(box=box.SIMPLE_HEAD if terminal.box else box.ASCII2, pad_edge=False, header_style="bold")


def _runs(overview: Overview, terminal: Terminal) -> Table:
    table = _table(terminal)
    table.add_column("run", overflow="fold", min_width=20, max_width=_WIDEST)
    for section in SECTIONS:
        table.add_column(section, justify="right", no_wrap=True)
    table.add_column("does not hold", overflow="fold", ratio=1)
    for row in overview.rows:
        counts = (_share(*row.counts[section]) for section in SECTIONS)
        table.add_row(_run(row, terminal), *counts, _missing(row))
    return table


def _list(overview: Overview, terminal: Terminal) -> Iterator[Text | Padding]:
    """The same, run by run below each other."""
    for row in overview.rows:
        shares = (Text(f"{name} ").append_text(_share(*row.counts[name])) for name in SECTIONS)
        yield _run(row, terminal)
        yield Padding(Text(", ").join(shares), (0, 0, 0, 2))
        missing = _missing(row)
        if missing:
            yield Padding(Text("does not hold: ").append_text(missing), (0, 0, 0, 2))
        yield Text()


def _run(row: Row, terminal: Terminal) -> Text:
    title = terminal.visible(row.node.title)
    more = "…" if terminal.box else "..."
    text = Text(title if len(title) <= _WIDEST else title[: _WIDEST - len(more)] + more, "bold blue")
    return text.append(f"\n{terminal.visible(row.node.note)}", "dim")


def _missing(row: Row) -> Text:
    text = Text(", ".join(row.those(Answer.NO)), "red")
    unknown = row.those(Answer.UNKNOWN)
    if unknown:
        text.append(f"{' ' if text.plain else ''}? {', '.join(unknown)}", "yellow")
    return text


def _share(yes: int, known: int) -> Text:
    """``2/3``; nothing is asked, or known, where there is nothing to count."""
    style = "" if not known else "green" if yes == known else "red" if not yes else "yellow"
    return Text(f"{yes}/{known}" if known else "-", style)


def _items(overview: Overview, terminal: Terminal) -> Table:
    table = _table(terminal)
    table.add_column("section")
    table.add_column("item")
    table.add_column("holds", justify="right")
    table.add_column("rules")
    for item in ITEMS:
        table.add_row(item.section, item.name, _share(*overview.total(item)), " ".join(item.codes))
    return table
