"""`wbcheck rules`: the rules there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, option, rule_list

FIXES = {"": "", "safe": "[*]", "unsafe": "[~]"}


@click.command("rules", cls=GroupedCommand)
@rule_list("Rules", "--select", "List these rules only.")
@option(
    "Output", "--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@configuration
def command(select: tuple[str, ...] | None, output_format: str, config: str | None, isolated: bool) -> int:
    """List the rules: code, name, preset, fix ([*] safe, [~] unsafe), and what each reports."""
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
    rows = [
        (
            rule.rule.code,
            rule.rule.name,
            rule.rule.preset.value,
            FIXES[rule.rule.fix or ""],
            rule.page.summary,
        )
        for rule in loaded
    ]
    emit(_aligned(rows), sys.stdout)
    return 0


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = []
    for row in rows:
        head = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"{head}  {' '.join(row[4].split())}".rstrip() + "\n")
    return "".join(_fitted(line) for line in lines)


def _fitted(line: str) -> str:
    """A line cut to the terminal, and whole elsewhere."""
    if not sys.stdout.isatty():
        return line
    import shutil

    width = shutil.get_terminal_size().columns
    return line if len(line) <= width + 1 else line[: width - 1] + "…\n"
