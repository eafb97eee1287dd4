"""`wbcheck baseline`: take what is found now as known, so that only new findings are reported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, file_names, option, selection
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.baseline import Entry
    from wbcheck.cli.checking import Checking, Options
    from wbcheck.engine import Outcome


@click.command(
    "baseline",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=file_names)
@option(
    "Baseline",
    "--baseline",
    metavar="FILE",
    help="The file to write, in place of the configured one or wbcheck-baseline.toml.",
)
@option("Baseline", "--prune", is_flag=True, help="Take out what is no longer found, and add nothing.")
@selection
def command(prune: bool, **given: Any) -> int:
    """Write what is found now into the baseline: `wbcheck check` then reports only what is new.

    What the baseline says of files that are not checked, and of rules that are not selected, stays.
    """
    from wbcheck.cli.checking import Options

    return hold_back(Options(**given, no_baseline=True, quiet=True), prune)


def hold_back(options: Options, prune: bool) -> int:
    """Write the findings of a check into its baseline, or only take out what is not found (``prune``)."""
    from wbcheck.cli.checking import Checking

    checking = Checking(options)
    _, outcome = checking.examine(fixes=False)
    if outcome.faults:
        names = ", ".join(sorted({each.name for each in outcome.diagnostics if each.fault}))
        raise click.ClickException(f"nothing is written: wbcheck itself failed ({names})")
    return _write(checking, outcome, prune)


def _write(checking: Checking, outcome: Outcome, prune: bool) -> int:
    from wbcheck.baseline import written
    from wbcheck.cli.options import emit, output_to, say

    file = checking.baseline_file
    shown = os.path.relpath(file)
    before = _entries(file, prune)
    baseline = checking.baseline(file, before)
    after = baseline.after(outcome, prune)
    names = checking.ruleset.catalogue
    if prune and after == dict(before):
        say(f"{shown}: there is nothing to prune ({counted(after.total(), 'finding')})")
        return 0
    with output_to(file) as stream:
        emit(written(after, lambda code: names[code].name if code in names else ""), stream)
    files = counted(len({entry.path for entry in after}), "file")
    less = f", {sum(before.values()) - after.total()} less than before" if prune else ""
    say(f"{shown}: {counted(after.total(), 'finding')} in {files}{less}; `wbcheck check` reports only others")
    errors = sum(each.severity.value == "error" for each in outcome.diagnostics)
    if errors and not prune:
        are = "1 of them is an error" if errors == 1 else f"{errors} of them are errors"
        why = "data is lost, or the program raises"
        say(f"{are} ({why}): wbcheck check --no-baseline --select essential")
    return 0


def _entries(file: str, prune: bool) -> Mapping[Entry, int]:
    """What the baseline holds by now; what is broken is written anew, but cannot be pruned."""
    from wbcheck.baseline import BaselineError, read
    from wbcheck.cli.sieve import read_baseline

    if prune:
        return read_baseline(file)
    try:
        return read(file)
    except (FileNotFoundError, BaselineError):
        return {}
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {(error.strerror or str(error)).lower()}") from None
