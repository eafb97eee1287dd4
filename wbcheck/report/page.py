"""A rule's page in Markdown: for `wbcheck rule`, and for the formats that carry their rules' help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbcheck.toml_text import as_toml

if TYPE_CHECKING:
    from wbcheck.rule import Bad, Good, LoadedRule

_FIXES = {"": "none", "safe": "safe", "unsafe": "unsafe (`--unsafe-fixes`)"}


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def page(loaded: LoadedRule) -> str:
    """A rule's page in Markdown."""
    rule = loaded.rule
    fix = _FIXES[rule.fix.value if rule.fix else ""]
    fix += f", changes the recorded {' and '.join(rule.changes)}" if rule.changes else ""
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

    conditions = [f"`{key} = {as_toml(value)}`" for key, value in example.options.items()]
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
        default = as_toml(defaults[name])
        lines.append(f"- `{name}` (default `{default}`): {field.get('description', '')}".rstrip(": "))
    return "\n".join(lines)
