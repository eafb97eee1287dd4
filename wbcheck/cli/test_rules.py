"""`wbcheck test-rules`: hold rules to their own examples."""

from __future__ import annotations

import sys

import click

from wbcheck.cli.options import GroupedCommand, emit, option, say
from wbcheck.words import counted


@click.command("test-rules", cls=GroupedCommand)
@click.argument("target", metavar="DIR")
@option("Output", "-q", "--quiet", is_flag=True, help="Print nothing where all is well.")
def command(target: str, quiet: bool) -> int:
    """Try every rule in a folder, a file or an importable package on its examples.

    Exits with 1 if a rule breaks one of the laws: a bad example is reported where it is marked and
    nowhere else, its fix gives exactly the text it states, a good example is silent.
    """
    from wbcheck import harness

    report = harness.test_rules(target)
    emit("".join(f"{breach}\n" for breach in report.breaches), sys.stdout)
    if not quiet:
        found = counted(len(report.breaches), "breach", "es") if report.breaches else "all is well"
        say(f"{counted(len(report.rules), 'rule')}, {counted(report.examples, 'example')}: {found}")
    return int(bool(report.breaches))
