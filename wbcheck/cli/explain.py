"""`wbcheck explain FILE:LINE`: everything that is known of one line of code."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import click
import msgspec

from wbcheck.cli.checking import Checking, Options
from wbcheck.cli.options import GroupedCommand, emit, file_names, selection
from wbcheck.diagnostic import Diagnostic, Silenced, Silencer
from wbcheck.engine import Outcome

_PLACE = re.compile(r"(?P<file>.+?):(?:cell[ ](?P<cell>\d+):)?(?P<row>\d+)(?::\d+)?:?")


class Line(msgspec.Struct, frozen=True):
    """One line of a file: 1-based row, in a notebook within the 1-based code cell (else 0)."""

    file: str
    cell: int
    row: int

    def holds(self, diagnostic: Diagnostic, outcome: Outcome) -> bool:
        """Whether a finding, or the statement it is about, lies on this line."""
        unit = outcome.sources(diagnostic.path)
        places = [diagnostic.range]
        if unit is not None and diagnostic.statement is not None:
            places.append(unit.locate(diagnostic.statement))
        return any(
            place.start.cell == self.cell and place.start.row <= self.row <= place.end.row for place in places
        )


@click.command(
    "explain",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("place", nargs=-1, required=True, metavar="FILE:LINE", shell_complete=file_names)
@selection
def command(place: tuple[str, ...], **given: Any) -> int:
    """Say all about a line, given as reports print it (train.py:12, train.py:12:5, n.ipynb:cell 3:4).

    What is found there with all rules, whether it is reported, and if it is not, what holds it back; then
    what wbcheck understands of the line.
    """
    line = _line(" ".join(place))
    usual = Checking(Options(paths=(line.file,), quiet=True, **given))
    _, reported = usual.examine()
    everything = {**given, "select": tuple(usual.ruleset.catalogue), "extend_select": None, "ignore": None}
    session, outcome = Checking(Options(paths=(line.file,), quiet=True, **everything)).examine()
    unit = outcome.sources(session.request.files[0].path)
    if unit is None:
        raise click.ClickException(f"{line.file} cannot be read as text")
    if not 1 <= line.row <= _rows(unit, line.cell):
        raise click.UsageError(f"{line.file} has no {_spoken(line)}")
    parts = _findings(line, usual, reported, outcome)
    if not parts:
        parts.append(f"No rule finds anything on {_spoken(line)}.\n")
    parts.append(_understood(line, session, outcome))
    emit("\n".join(part for part in parts if part), sys.stdout)
    return 0


def _line(text: str) -> Line:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise click.UsageError(f"`{text}` is no FILE:LINE, such as train.py:12 or n.ipynb:cell 3:4")
    if not os.path.isfile(found["file"]):
        raise click.UsageError(f"there is no file `{found['file']}`")
    return Line(found["file"], int(found["cell"] or 0), int(found["row"]))


def _rows(unit: Any, cell: int) -> int:
    if unit.cells and not cell:
        raise click.UsageError("a notebook's lines are counted in its cells: n.ipynb:cell 3:4")
    try:
        rows: int = unit.row_count(cell)
    except IndexError:
        return 0
    return rows


def _spoken(line: Line) -> str:
    return f"line {line.row} of cell {line.cell}" if line.cell else f"line {line.row}"


def _findings(line: Line, usual: Checking, reported: Outcome, outcome: Outcome) -> list[str]:
    """What is found on the line, each with its frame and what becomes of it."""
    from wbcheck import report
    from wbcheck.masking import masker

    known = {_key(each): "It is reported." for each in reported.diagnostics}
    known |= {_key(each.diagnostic): _held(each) for each in reported.suppressed}
    every = [*outcome.diagnostics, *(each.diagnostic for each in outcome.suppressed)]
    here = sorted((each for each in every if line.holds(each, outcome)), key=lambda each: each.order)
    context = usual.context(outcome, sys.stdout)
    context = msgspec.structs.replace(context, summary=False, silenced=())
    parts = []
    for each in (each for each in here if _key(each) in known):
        frame = report.render("full", [each], context).rstrip("\n")
        parts.append(f"{frame}\n{known[_key(each)]} More of this rule: wbcheck rule {each.code}\n")
    rest = [each for each in here if _key(each) not in known]
    if rest:
        mask = masker(every, outcome.sources)
        lines = [
            f"  {each.code} {each.name}: {mask(each.message)}{_left_out(each, usual)}\n" for each in rest
        ]
        parts.append(f"Rules that are silent here would say:\n{''.join(lines)}")
    return parts


def _key(diagnostic: Diagnostic) -> tuple[Any, ...]:
    return diagnostic.code, diagnostic.span, diagnostic.message


def _held(silenced: Silenced) -> str:
    if silenced.by is Silencer.BASELINE:
        return "It is not reported: it is in the baseline."
    reason = f" ({silenced.reason})" if silenced.reason else ""
    return f"It is not reported: a comment silences it{reason}."


def _left_out(diagnostic: Diagnostic, usual: Checking) -> str:
    """Where a rule that is not selected is to be found; nothing where it is silenced by the file's path."""
    info = usual.ruleset.catalogue.get(diagnostic.code)
    if info is None or diagnostic.code in usual.ruleset.codes:
        return ""
    return f" (not selected; it is in `{info.preset}`)"


def _understood(line: Line, session: Any, outcome: Outcome) -> str:
    """The model's events on the line, as `wbcheck debug model` prints them."""
    from wbcheck.masking import masker
    from wbcheck.model.describe import describe

    path = session.request.files[0].path
    model, unit = session.model(path), outcome.sources(path)
    if model is None or unit is None:
        return ""

    def place(span: Any) -> str:
        where = unit.locate(span)
        inside = where.start.cell == line.cell and where.start.row <= line.row <= where.end.row
        return "HERE" if inside else "there"

    lines = [text.strip() for text in describe(model, place).splitlines()]
    events = [text.removeprefix("HERE ") for text in lines if text.startswith("HERE ")]
    if not events:
        return ""
    mask = masker(outcome.diagnostics, outcome.sources)
    return "What wbcheck understands there:\n" + "".join(f"  {mask(event)}\n" for event in events)
