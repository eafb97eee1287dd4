"""`wbcheck report`: the guide's checklist for each run that the code starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, option, output_to

if TYPE_CHECKING:
    from wbcheck.cli.reading import Options

FORMATS = ("table", "json", "html")


@click.command(
    "report",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "Output", "--format", "output_format", type=click.Choice(FORMATS), default="table", help="How to report."
)
@option("Output", "-o", "--output-file", metavar="FILE", help="Write the report to a file.")
@option(
    "Output",
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to use colours.",
)
@option("Output", "-q", "--quiet", is_flag=True, help="Print the report and nothing else.")
@option("Output", "-v", "--verbose", is_flag=True, help="Say more on standard error; show tracebacks.")
@configuration
@option("Running", "--no-cache", is_flag=True, help="Neither read nor write what is kept between runs.")
@option(
    "Running", "-j", "--jobs", type=click.IntRange(0), default=0, help="Workers; 0, the default: one a core."
)
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
