"""A JSON Schema of the configuration, made of the types that it is read with and the options of all rules.

It is of draft 7, the newest that editors read for TOML, and describes what stands in ``wbcheck.toml``, and in
``pyproject.toml`` under ``[tool.wbcheck]``. Keys are spelled with hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from wbcheck.registry import RuleInfo, load_rule
from wbcheck.selection import DEFAULT_PRESET, PRESETS
from wbcheck.settings import CACHE, DEFAULT_EXCLUDE, DEFAULT_INCLUDE
from wbcheck.settings_file import NewFiles, Table

PAGES = {
    "extend": "A file whose settings hold unless this one sets them: a path, or `package:path` in a package.",
    "required-version": "The versions of wbcheck that this configuration is for, such as `>=0.1,<1`.",
    "wandb-version": "The version of wandb that the code is to run with, or a range such as `>=0.19,<0.22`.",
    "select": "The rules to check, in place of the preset `recommended`.",
    "ignore": "Rules not to check.",
    "extend-select": "Rules to check beside those that are selected.",
    "new-files": "What more is asked of files that are new since a git revision.",
    "since": "The git revision: a branch, a tag or a commit. What it does not have is new.",
    "per-file-ignores": "Rules that are silent in the files that a pattern matches.",
    "extend-per-file-ignores": "The same, beside what an extended file says.",
    "extend-safe-fixes": "Rules whose unsafe fixes count as safe.",
    "extend-unsafe-fixes": "Rules whose safe fixes count as unsafe.",
    "include": "Patterns of the files that are looked for in folders.",
    "exclude": "Patterns of what is left out, in place of the usual environments and caches.",
    "extend-exclude": "Patterns of what is left out beside that.",
    "plugins": "Rules of your own: folders, and importable packages.",
    "extra-modules": "Modules that stand for `wandb` itself.",
    "wrappers": "Functions of yours by their dotted paths, and the functions of W&B that they are.",
    "loaders": "Functions of yours that read data or models.",
    "savers": "Functions of yours that write data or models.",
    "baseline": "The file with the findings that are not reported.",
    "output-format": "How findings are printed.",
    "cache-dir": "The folder of what is kept between runs.",
    "docs-url": "Where the pages of the documentation are served.",
    "fix": "Apply safe fixes without being asked.",
    "unsafe-fixes": "Where fixes are applied, apply unsafe ones, too.",
    "rules": "The options of rules, under their names.",
}
"""What each key does, in one sentence."""
DEFAULTS: dict[str, Any] = {
    "select": [DEFAULT_PRESET],
    "include": list(DEFAULT_INCLUDE),
    "exclude": list(DEFAULT_EXCLUDE),
    "cache-dir": CACHE,
    "fix": False,
    "unsafe-fixes": False,
}
"""What holds where nothing is said."""
_LISTS = ("select", "ignore", "extend-select", "extend-safe-fixes", "extend-unsafe-fixes")
_TABLES = ("per-file-ignores", "extend-per-file-ignores")
"""The keys that hold lists of rules, and tables of such lists."""
_ANY, _OURS = {"$ref": "#/definitions/Selector"}, {"$ref": "#/definitions/Known"}


def schema(known: Mapping[str, RuleInfo]) -> dict[str, Any]:
    """The schema with the rules that there are, by their codes; they are imported for their options.

    Where a configuration names ``plugins``, or extends another one that may, rules that are not known here
    are let through.
    """
    pages = {info.name: _options_page(info) for info in known.values()}
    options = {name: page for name, page in sorted(pages.items()) if page is not None}
    properties = _properties(Table)
    properties["new-files"] = {
        "type": "object",
        "properties": _properties(NewFiles),
        "required": ["since"],
        "additionalProperties": False,
    }
    properties["rules"] = {
        "type": "object",
        "properties": options,
        "additionalProperties": {"type": "object"},
    }
    for key, value in _with_selectors(_ANY).items():
        properties[key] |= value
    inner = properties["new-files"]["properties"]
    inner["extend-select"]["items"] = _ANY
    for key, words in PAGES.items():
        for table in (properties, inner):
            if key in table:
                table[key] = {"description": words, **table[key]}
    for key, default in DEFAULTS.items():
        properties[key]["default"] = default
    strict: dict[str, Any] = _with_selectors(_OURS)
    strict["new-files"] = {"properties": {"extend-select": {"items": _OURS}}}
    strict["rules"] = {"propertyNames": {"enum": _table_names(known.values(), options)}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "wbcheck",
        "description": "The configuration of wbcheck, a linter for code that uses Weights & Biases.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "if": {"not": {"anyOf": [{"required": ["plugins"]}, {"required": ["extend"]}]}},
        "then": {"properties": strict},
        "definitions": {
            "Selector": {
                "description": "A rule's code or name, a prefix of codes, a category, or a preset.",
                "anyOf": [_OURS, {"type": "string"}],
            },
            "Known": {"type": "string", "enum": selectors(known.values())},
        },
    }


def for_pyproject(made: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of a whole ``pyproject.toml`` that says nothing but what stands under ``[tool.wbcheck]``."""
    own = {key: value for key, value in made.items() if key not in ("$schema", "definitions")}
    tool = {"type": "object", "properties": {"wbcheck": own}}
    return {
        "$schema": made["$schema"],
        "type": "object",
        "properties": {"tool": tool},
        "definitions": made["definitions"],
    }


def selectors(known: Iterable[RuleInfo]) -> list[str]:
    """All that selects rules: presets, categories, names, codes and prefixes of codes."""
    known = list(known)
    names = {word for info in known for word in (info.category, info.name, *info.aliases)}
    prefixes = {prefix for info in known for prefix in _prefixes(info.code)}
    return [*PRESETS, *sorted(names - set(PRESETS)), *sorted(prefixes)]


def _prefixes(code: str) -> Iterable[str]:
    """A code, and what it begins with: its letters, and these with some of its digits."""
    match = re.fullmatch(r"([A-Z]+)(\d+)", code)
    assert match is not None, "the registry has looked at it"
    letters, digits = match.groups()
    return (letters + digits[:length] for length in range(len(digits) + 1))


def _table_names(known: Iterable[RuleInfo], options: Mapping[str, Any]) -> list[str]:
    """What a table of options may be called: by a rule's name, by an old one, or by its code."""
    found = [info for info in known if info.name in options]
    return sorted({word for info in found for word in (info.name, info.code, *info.aliases)})


def _with_selectors(selector: Mapping[str, Any]) -> dict[str, Any]:
    lists = {key: {"items": selector} for key in _LISTS}
    return {
        **lists,
        **{key: {"additionalProperties": {"type": "array", "items": selector}} for key in _TABLES},
    }


def _options_page(info: RuleInfo) -> dict[str, Any] | None:
    """The options of a rule as an object; ``None`` where it has none."""
    loaded = load_rule(info)
    kind = loaded.rule.options
    if kind is None:
        return None
    properties = _properties(kind)
    # The types leave out a default that is made anew each time, such as a table.
    for name, value in msgspec.to_builtins(kind()).items():
        properties[name]["default"] = value
    words = " ".join(loaded.page.summary.split())
    return {
        "description": f"{info.code}: {words}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _properties(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a type with their schemas, nothing referred to."""
    (_,), components = msgspec.json.schema_components((kind,), ref_template="{name}")
    properties = components[next(name for name in components if name.rpartition(".")[2] == kind.__name__)]
    found: dict[str, Any] = _inlined(properties["properties"], components)
    return found


def _inlined(part: Any, components: Mapping[str, Any]) -> Any:
    """A part of a schema with what it refers to in its place."""
    if isinstance(part, list):
        return [_inlined(each, components) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = components[part["$ref"]]
        part = {key: value for key, value in target.items() if key not in ("title", "description")} | {
            key: value for key, value in part.items() if key != "$ref"
        }
    return {key: _inlined(value, components) for key, value in part.items()}
