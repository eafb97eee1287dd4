"""`wbcheck report`: the guide's checklist for each run that the code starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, drawn_as, emit, output_to, read_with

if TYPE_CHECKING:
    from wbcheck.cli.reading import Options

FORMATS = ("table", "json", "html")


@click.command(
    "report",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@drawn_as("report", FORMATS, "How to report.")
@read_with("report")
def command(**given: Any) -> int:
    """Answer the guide's checklist for each run that the code of PATHS starts.

    Set-up, config, lineage, metadata and logging: what holds, what does not, and what is not known. The page
    (`--format html`) has the lineage graph, too. The rules of the preset `guide` are asked, but for those
    that are switched off. Exits with 0, and with 2 if wbcheck was used or configured wrongly, or failed.
    """
    from wbcheck.cli.reading import Options

    return _report(Options(**given))


def _report(options: Options) -> int:
    from wbcheck.checklist import checklists
    from wbcheck.cli.reading import Reading
    from wbcheck.report import checklist
    from wbcheck.report.checklist.overview import overview_of
    from wbcheck.report.lineage.picture import picture_of

    reading = Reading(options, ("guide",))
    sheets = checklists(
        ((part.project, (*part.models, *part.beside)) for part in reading.parts),
        reading.lineage,
        reading.marks,
    )
    with output_to(options.output_file) as stream:
        context = reading.context(stream)
        overview = overview_of(sheets, picture_of(reading.lineage, reading.marks, context))
        emit(checklist.render(options.output_format, overview, context.terminal), stream)
    reading.remark()
    return 2 if reading.outcome.faults else 0
