"""`wbcheck rule`: what rules report and why, with their examples."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, option

if TYPE_CHECKING:
    from wbcheck.rule import Bad, Good, LoadedRule

FIXES = {"": "none", "safe": "safe", "unsafe": "unsafe (`--unsafe-fixes`)"}


@click.command("rule", cls=GroupedCommand)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@option(
    "Output", "--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@configuration
def command(names: tuple[str, ...], output_format: str, config: str | None, isolated: bool) -> int:
    """Explain rules, given by code or name (or any prefix, category or preset)."""
    from wbcheck import settings
    from wbcheck.registry import load_rule
    from wbcheck.ruleset import catalogue
    from wbcheck.selection import codes_of

    known = catalogue(settings.load(config, isolated).for_directory("."))
    chosen = [load_rule(known[code]) for code in sorted(codes_of(known, names))]
    if output_format == "json":
        emit(as_json(chosen), sys.stdout)
    else:
        show("\n".join(page(rule) for rule in chosen))
    return 0


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def page(loaded: LoadedRule) -> str:
    """A rule's page in Markdown."""
    rule = loaded.rule
    fix = FIXES[rule.fix.value if rule.fix else ""]
    parts = [
        f"# {rule.name} ({rule.code})",
        f"Preset: {rule.preset} · category: {loaded.category} · fix: {fix} · since {rule.since}",
        loaded.page.summary,
    ]
    if loaded.page.why:
        parts += ["## Why it matters", _capitalised(loaded.page.why)]
    parts += ["## How to mend it", rule.how]
    if loaded.page.ignore:
        parts += ["## When to ignore", _capitalised(loaded.page.ignore)]
    if rule.options is not None:
        parts += ["## Options", options_table(loaded)]
    for heading, wanted in (("## Reported", "Bad"), ("## Not reported", "Good")):
        examples = [one for one in loaded.examples if type(one).__name__ == wanted]
        if examples:
            parts += [heading, *map(_example, examples)]
    return "\n\n".join(parts) + "\n"


def _example(example: Bad | Good) -> str:
    """An example as it is shown: when it holds, its code, the files beside it, what is said of it."""
    from wbcheck.examples import Bad, clean

    conditions = [f"`{key} = {_as_toml(value)}`" for key, value in example.options.items()]
    conditions += [f"wandb {example.wandb}"] if example.wandb else []
    conditions += ["a notebook"] if example.notebook else []
    parts = [f"With {', '.join(conditions)}:"] if conditions else []
    parts.append(f"```python\n{example.code.rstrip()}\n```")
    for path, text in example.beside.items():
        parts.append(f"beside `{path}`:\n\n```\n{clean(text).rstrip()}\n```")
    if isinstance(example, Bad):
        # The same finding at several places is told once.
        parts += [f"> {message}" for message in dict.fromkeys(example.messages)]
    return "\n\n".join(parts)


def _as_toml(value: object) -> str:
    """The value of an option as it stands in the configuration file."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {_as_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return json.dumps(value, ensure_ascii=False)


def options_table(loaded: LoadedRule) -> str:
    """The options of a rule, as they are written in the configuration file, with what they do."""
    import msgspec

    assert loaded.rule.options is not None
    schema = msgspec.json.schema(loaded.rule.options)
    (definition,) = [one for name, one in schema["$defs"].items() if name == loaded.rule.options.__name__]
    # The schema leaves out a default that is made anew each time, such as a dict.
    defaults = msgspec.to_builtins(loaded.rule.options())
    lines = [f"`[tool.wbcheck.rules.{loaded.rule.name}]`", ""]
    for name, field in definition["properties"].items():
        default = _as_toml(defaults[name])
        lines.append(f"- `{name}` (default `{default}`): {field.get('description', '')}".rstrip(": "))
    return "\n".join(lines)


def as_json(chosen: list[LoadedRule]) -> str:
    """Rules as a JSON list of objects."""
    import msgspec

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
