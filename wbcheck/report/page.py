"""A rule's page in Markdown: for `wbcheck rule`, and for the formats that carry their rules' help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wbcheck.toml_text import as_toml

if TYPE_CHECKING:
    from wbcheck.rule import Bad, Good, LoadedRule, Outcome

_FIXES = {"": "none", "safe": "safe", "unsafe": "unsafe (`--unsafe-fixes`)"}


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def page(loaded: LoadedRule) -> str:
    """A rule's page in Markdown: its words, options, examples with their fixes, and its proof."""
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
            parts += [heading, "\n\n---\n\n".join(map(_example, examples))]
    if loaded.proofs:
        parts += ["## Proof", *_proof(loaded)]
    return "\n\n".join(parts) + "\n"


def _example(example: Bad | Good) -> str:
    """An example: when it holds, its code, the files beside it, what is said of it, its fix."""
    from wbcheck.examples import Bad, clean

    conditions = [f"`{key} = {as_toml(value)}`" for key, value in example.options.items()]
    conditions += [f"wandb {example.wandb}"] if example.wandb else []
    conditions += ["a notebook"] if example.notebook else []
    place = [f"in `{example.path}`"] if example.path else []
    given = [f"with {', '.join(conditions)}"] if conditions else []
    parts = [f"{_capitalised(', '.join(place + given))}:"] if place + given else []
    parts.append(_fence(example.code, _language(example.path)))
    for path, text in example.beside.items():
        parts.append(f"beside `{path}`:\n\n{_fence(clean(text), _language(path))}")
    if isinstance(example, Bad):
        parts += [f"> {message}" for message in _messages(example)]
        if example.fixed is not None:
            parts += ["Fixed:", _diff(example.code, clean(example.fixed))]
        for path, text in example.fixed_beside.items():
            parts += [f"and in `{path}`:", _diff(clean(example.beside[path]), clean(text))]
    return "\n\n".join(parts)


def _messages(example: Bad) -> list[str]:
    """What is said of a bad example, line by line; the same words in several lines are told once."""
    lines: dict[str, list[int]] = {}
    marked = example.marked
    for span, message in zip(marked.spans, example.messages, strict=False):
        row = marked.text.count("\n", 0, span.start) + 1
        lines.setdefault(message, []).append(row)
    if example.notebook:
        return list(lines)
    return [f"line {', '.join(map(str, dict.fromkeys(rows)))}: {message}" for message, rows in lines.items()]


def _language(path: str) -> str:
    """The language of a file, as fences name it."""
    suffix = path.rpartition(".")[2]
    return {"": "python", "py": "python", "yaml": "yaml", "yml": "yaml", "sh": "bash"}.get(suffix, "text")


def _fence(code: str, language: str) -> str:
    return f"```{language}\n{code.rstrip()}\n```"


def _diff(before: str, after: str) -> str:
    """What a fix changes, the whole text around it."""
    import difflib

    rows = before.splitlines()
    changed = difflib.unified_diff(rows, after.splitlines(), n=len(rows), lineterm="")
    # The first three lines name files and rows.
    return _fence("\n".join(list(changed)[3:]), "diff")


def _proof(loaded: LoadedRule) -> list[str]:
    """What the real SDK does with the examples, or why that is not shown."""
    from wbcheck.examples import Unproven
    from wbcheck.proofs import trials

    parts = [f"Not shown: {proof.reason}." for proof in loaded.proofs if isinstance(proof, Unproven)]
    shown = {one.code for one in loaded.examples}
    tried = trials(loaded)
    if tried:
        parts.append("wbcheck's own tests run this under the real SDK, offline.")
    told: set[str] = set()
    for trial in tried:
        if trial.script.code in shown:
            kind = "reported" if trial.label == "bad" else "not reported"
            said = f"The first script above that is {kind}: {_came_of(trial.claim)}."
            parts += [said] if said not in told else []
            told.add(said)
        else:
            parts += [_fence(trial.script.code, "python"), f"{_capitalised(_came_of(trial.claim))}."]
    return parts


def _came_of(claim: Outcome) -> str:
    from wbcheck.examples import Raises, Shows

    if isinstance(claim, Raises):
        return f"it raises `{claim.error}`" + (f" (“… {claim.saying.strip()} …”)" if claim.saying else "")
    return claim.what if isinstance(claim, Shows) else "it runs to its end"


def options_table(loaded: LoadedRule) -> str:
    """The options of a rule, as they are written in the configuration file: types, defaults, what they do."""
    import msgspec

    assert loaded.rule.options is not None
    schema = msgspec.json.schema(loaded.rule.options)
    (definition,) = [one for name, one in schema["$defs"].items() if name == loaded.rule.options.__name__]
    # The schema leaves out a default that is made anew each time, such as a dict.
    defaults = msgspec.to_builtins(loaded.rule.options())
    lines = [f"`[tool.wbcheck.rules.{loaded.rule.name}]`", ""]
    for name, field in definition["properties"].items():
        head = f"- `{name}` ({_kind(field)}): {field.get('description', '')}".rstrip(": ")
        lines.append(f"{head} Default: `{as_toml(defaults[name])}`")
    return "\n".join(lines)


_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def _kind(field: dict[str, Any], plural: str = "") -> str:
    """The type of an option in words, from its JSON schema."""
    if "anyOf" in field:
        return " or ".join(_kind(one, plural) for one in field["anyOf"])
    if "enum" in field:
        return "some of " * bool(plural) + ", ".join(f"`{one}`" for one in field["enum"])
    if field["type"] == "array":
        return f"list{plural} of {_kind(field['items'], 's')}"
    if field["type"] == "object":
        return f"table{plural} of {_kind(field['additionalProperties'], 's')}"
    return _KINDS[field["type"]] + plural
