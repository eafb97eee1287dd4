"""`wbcheck migrate`: one way of writing W&B code turned into another, over a whole project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, file_names, option, say
from wbcheck.recipes import RECIPES
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.diagnostic import Diagnostic

_LIST = "\n".join(f"  {recipe.name:<18} {recipe.words}" for recipe in RECIPES.values())


@click.command(
    "migrate",
    cls=GroupedCommand,
    context_settings={"max_content_width": 100},
    epilog=f"\b\nMigrations:\n{_LIST}",
)
@click.argument("migration", type=click.Choice(list(RECIPES)), metavar="MIGRATION")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=file_names)
@option("Migrating", "--diff", is_flag=True, help="Show what would change, and change nothing.")
@configuration
def command(migration: str, paths: tuple[str, ...], diff: bool, config: str | None, isolated: bool) -> int:
    """Migrate the code below PATH... to another way of writing it, and say what was refused and why.

    A migration applies the fixes of a few rules, the unsafe ones too, to any file of the project that they
    reach. Exits with 0 if nothing is left to do by hand, with 1 if something is (with --diff: if anything
    would change), and with 2 if wbcheck failed.
    """
    from wbcheck.cli.checking import Checking, Options, trouble

    options = Options(
        paths=paths,
        select=RECIPES[migration].codes,
        fix=True,
        unsafe_fixes=True,
        diff=diff,
        config=config,
        isolated=isolated,
    )
    checking = Checking(options)
    _, outcome, fixed = checking.check()
    assert fixed is not None, "fixing was asked for"
    by_hand = [each for each in outcome.diagnostics if not each.fault]
    lines = [*checking.done(fixed), *map(_refused, by_hand)]
    emit("".join(f"{line}\n" for line in lines), sys.stderr if diff else sys.stdout)
    for path, problem in trouble(fixed):
        say(f"{path}: {problem}")
    verb = "would be changed" if diff else "changed"
    say(f"{migration}: {counted(len(fixed.files), 'file')} {verb}, {len(by_hand)} left to do by hand")
    if outcome.faults or fixed.faults:
        return 2
    return int(bool(fixed.files)) if diff else int(bool(by_hand))


def _refused(finding: Diagnostic) -> str:
    """A finding that is left, in the words of a list, and why it was; else what to do about it."""
    from wbcheck.report.context import place

    todo = finding.how[:1].lower() + finding.how[1:].removesuffix(".")
    why = finding.refused or ("its fix was not applied" if finding.fix else todo)
    return f"{place(finding)}: by hand: {finding.message} ({finding.code}): {why}"
