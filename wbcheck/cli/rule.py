"""`wbcheck rule`: what rules report and why, with their examples."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, option, rule_names

if TYPE_CHECKING:
    from wbcheck.rule import LoadedRule


@click.command("rule", cls=GroupedCommand)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=rule_names)
@option(
    "Output", "--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@configuration
def command(names: tuple[str, ...], output_format: str, config: str | None, isolated: bool) -> int:
    """Explain rules, given by code or name (or any prefix, category or preset)."""
    from wbcheck import settings
    from wbcheck.registry import load_rule
    from wbcheck.report.page import page
    from wbcheck.ruleset import catalogue
    from wbcheck.selection import codes_of

    known = catalogue(settings.load(config, isolated).for_directory("."))
    chosen = [load_rule(known[code]) for code in sorted(codes_of(known, names))]
    if output_format == "json":
        emit(as_json(chosen), sys.stdout)
    else:
        show("\n".join(page(rule) for rule in chosen))
    return 0


def as_json(chosen: list[LoadedRule]) -> str:
    """Rules as a JSON list of objects."""
    import msgspec

    from wbcheck.report.page import page

    objects = [
        {
            "code": one.rule.code,
            "name": one.rule.name,
            "aliases": one.rule.aliases,
            "preset": one.rule.preset,
            "category": one.category,
            "fix": one.rule.fix,
            "since": one.rule.since,
            "summary": one.page.summary,
            "why": one.page.why,
            "when_to_ignore": one.page.ignore,
            "explanation": page(one),
        }
        for one in chosen
    ]
    return msgspec.json.format(msgspec.json.encode(objects), indent=2).decode() + "\n"


def show(markdown: str) -> None:
    """Markdown, laid out on a terminal and as it is elsewhere."""
    if not sys.stdout.isatty():
        emit(markdown, sys.stdout)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=min(100, Console().width))
    console.print(Markdown(markdown))
