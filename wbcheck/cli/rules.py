"""`wbcheck rules`: the rules there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, option, rule_list
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.rule import LoadedRule

FIXES = {"": "", "safe": "[*]", "unsafe": "[~]"}


@click.command("rules", cls=GroupedCommand)
@rule_list("Rules", "--select", "List these rules only.")
@option(
    "Output", "--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@configuration
def command(select: tuple[str, ...] | None, output_format: str, config: str | None, isolated: bool) -> int:
    """List the rules by category: code, name, preset, fix ([*] safe, [~] unsafe), what each reports."""
    from wbcheck import settings
    from wbcheck.registry import load_rule
    from wbcheck.ruleset import catalogue
    from wbcheck.selection import codes_of

    known = catalogue(settings.load(config, isolated).for_directory("."))
    chosen = sorted(known if select is None else codes_of(known, select))
    loaded = [load_rule(known[code]) for code in chosen]
    if output_format == "json":
        from wbcheck.cli.rule import as_json

        emit(as_json(loaded), sys.stdout)
        return 0
    emit(listed(loaded), sys.stdout)
    return 0


def listed(loaded: Sequence[LoadedRule]) -> str:
    """The rules by category, in columns, and a last line that says what the marks mean."""
    categories: dict[str, list[LoadedRule]] = {}
    for one in loaded:
        categories.setdefault(one.category, []).append(one)
    widths = [max((len(cell[column]) for cell in map(_cells, loaded)), default=0) for column in range(4)]
    parts = []
    for category, rules in categories.items():
        lines = [f"{category}\n"]
        for rule in rules:
            *head, what = _cells(rule)
            columns = (cell.ljust(width) for cell, width in zip(head, widths, strict=True))
            lines.append(_fitted(f"  {'  '.join(columns)}  {what}".rstrip() + "\n"))
        parts.append("".join(lines))
    count = counted(len(loaded), "rule")
    parts.append(f"{count}; [*] has a safe fix, [~] an unsafe one. To read about one: wbcheck rule CODE\n")
    return "\n".join(parts)


def _cells(one: LoadedRule) -> tuple[str, str, str, str, str]:
    what = " ".join(one.page.summary.split()).removeprefix("Reports ").removesuffix(".")
    return one.rule.code, one.rule.name, one.rule.preset.value, FIXES[one.rule.fix or ""], what


def _fitted(line: str) -> str:
    """A line cut to the terminal, and whole elsewhere."""
    if not sys.stdout.isatty():
        return line
    import shutil

    width = shutil.get_terminal_size().columns
    return line if len(line) <= width + 1 else line[: width - 1] + "…\n"
