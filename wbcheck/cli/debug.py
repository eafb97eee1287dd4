"""`wbcheck debug`: what wbcheck understands of a file."""

from __future__ import annotations

import sys

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit


@click.group("debug")
def command() -> None:
    """Show what wbcheck understands of a file."""


@command.command("model", cls=GroupedCommand, short_help="Print a file's semantic model.")
@click.argument("file", metavar="FILE")
@configuration
def model(file: str, config: str | None, isolated: bool) -> int:
    """Print a file's semantic model: its runs, and every event in its block with the row and column."""
    from wbcheck import settings
    from wbcheck.diagnostic import Span
    from wbcheck.engine.analysis import analyse
    from wbcheck.masking import mask_keys
    from wbcheck.model.describe import describe
    from wbcheck.report.context import within
    from wbcheck.source import read_unit

    known = settings.load(config, isolated).for_file(file)
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise click.ClickException(f"{file}: {(error.strerror or str(error)).lower()}") from None
    analysis = analyse(file, data, known.extra_modules, known.houses)
    for problem in analysis.problems:
        start = problem.range.start
        emit(f"{file}:{start.row}:{start.column}: {problem.message}\n{problem.trace}", sys.stdout)
    if analysis.model is not None:
        unit = read_unit(file, data)

        def place(span: Span) -> str:
            start = unit.locate(span).start
            return within(start.cell, start.row, start.column)

        emit(mask_keys(describe(analysis.model, place)), sys.stdout)
    return int(bool(analysis.problems))
