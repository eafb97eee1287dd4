"""`wbcheck lineage`: the artifact graph that the code declares."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, drawn_as, emit, option, output_to, read_with

if TYPE_CHECKING:
    from wbcheck.cli.reading import Options

FORMATS = ("tree", "mermaid", "dot", "json", "html")


@click.command(
    "lineage",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@drawn_as("graph", FORMATS, "How to draw it.")
@option(
    "Output",
    "--check",
    is_flag=True,
    help="Exit with 1 on inputs that nothing logs, circles, and outputs that are not logged.",
)
@read_with("graph")
def command(**given: Any) -> int:
    """Draw runs and artifacts, and what uses and logs what, as the code of PATHS declares it.

    Nothing is run. What is not known is shown as `?`, parts that vary as `{}`. Findings are marked on what
    they are about. Exits with 0, with 1 if --check finds something, and with 2 if wbcheck was used or
    configured wrongly or failed itself.
    """
    from wbcheck.cli.reading import Options

    return _draw(Options(**given))


BROKEN = ("WB410", "WB503", "WB507", "WB510")
"""The rules that `--check` fails on: outputs that are not logged, inputs that nothing logs, circles."""


def _draw(options: Options) -> int:
    import msgspec

    from wbcheck.cli.reading import Reading
    from wbcheck.report import lineage
    from wbcheck.report.lineage.picture import picture_of

    reading = Reading(options, BROKEN)
    with output_to(options.output_file) as stream:
        context = reading.context(stream)
        picture = picture_of(reading.lineage, reading.marks, context)
        emit(lineage.render(options.output_format, picture, context.terminal), stream)
    reading.remark()
    broken = [each for each in reading.findings if each.code in BROKEN]
    if options.check and broken:
        from wbcheck.report import concise

        bare = msgspec.structs.replace(reading.context(sys.stderr), summary=False)
        emit(concise.render(broken, bare), sys.stderr)
    return 2 if reading.outcome.faults else int(options.check and bool(broken))
