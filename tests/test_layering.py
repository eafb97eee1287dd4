"""The import order of the house: each layer imports from those below it and from itself, never upwards."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "wbcheck"
RULES = ROOT / "rules"

# From the bottom up. An entry is a module or a package of `wbcheck`.
LAYERS = (
    ("diagnostic", "words"),
    ("model", "lexer", "surroundings", "imports", "circles"),
    ("sdk", "pins", "facts", "project", "setup", "linking", "examples"),
    ("edits", "rule", "lineage", "checklist"),
    ("toml_places", "toml_text", "toml_values", "settings_file", "settings", "selection", "registry"),
    ("files", "source", "outside", "syntax"),
    ("suppressions", "masking", "fingerprint", "baseline", "changes", "fixes", "recipes", "survey"),
    ("ruleset", "schema", "origins", "draft", "engine"),
    ("harness", "proofs"),
    ("report",),
    ("cli", "server", "codemods"),
)
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
# Below everything, and above everything.
BOTTOM, TOP = "__init__", "__main__"


class Import(NamedTuple):
    file: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.target}"


def imports_of(file: Path) -> Iterator[Import]:
    """Every import of a file, wherever it stands in it, relative ones made absolute."""
    base = "wbcheck_rules" if file.is_relative_to(RULES) else "wbcheck"
    folder = RULES if base == "wbcheck_rules" else ENGINE
    package = [base, *file.parent.relative_to(folder).parts]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(file, node.lineno, f"{stem}.{alias.name}")


def unit_of(file: Path) -> str:
    return file.relative_to(ENGINE).with_suffix("").parts[0]


ENGINE_FILES = sorted(ENGINE.rglob("*.py"))
RULE_FILES = sorted(RULES.rglob("*.py"))
ENGINE_IMPORTS = [one for file in ENGINE_FILES for one in imports_of(file)]
RULE_IMPORTS = [one for file in RULE_FILES for one in imports_of(file)]


def is_in(target: str, *packages: str) -> bool:
    return any(target == package or target.startswith(package + ".") for package in packages)


def test_every_module_has_a_layer() -> None:
    units = {unit_of(file) for file in ENGINE_FILES} - {BOTTOM, TOP}
    assert units <= set(LEVELS), f"place these in LAYERS: {sorted(units - set(LEVELS))}"


def test_imports_run_one_way() -> None:
    wrong = []
    for one in ENGINE_IMPORTS:
        parts = one.target.split(".")
        if parts[0] != "wbcheck" or len(parts) < 2 or parts[1] not in LEVELS:
            continue
        unit = unit_of(one.file)
        own = -1 if unit == BOTTOM else len(LAYERS) if unit == TOP else LEVELS.get(unit, len(LAYERS))
        if LEVELS[parts[1]] > own:
            wrong.append(str(one))
    assert not wrong


def test_the_engine_imports_no_rule_by_name() -> None:
    assert [str(one) for one in ENGINE_IMPORTS if is_in(one.target, "wbcheck_rules", "rules")] == []


def test_rules_import_the_engine_through_one_door() -> None:
    wrong = [
        str(one)
        for one in RULE_IMPORTS
        if is_in(one.target, "wbcheck", "rules") and not is_in(one.target, "wbcheck.rule")
    ]
    assert not wrong


def test_rules_name_their_own_package_relatively() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in RULE_FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level and is_in(node.module or "", "wbcheck_rules")
    ]
    assert not wrong


def test_rules_use_nothing_but_the_standard_library_beside_it() -> None:
    allowed = sys.stdlib_module_names | {"wbcheck", "wbcheck_rules"}
    assert [str(one) for one in RULE_IMPORTS if one.target.split(".")[0] not in allowed] == []


@pytest.mark.parametrize(
    ("library", "units"),
    [
        ("libcst", {"syntax", "codemods"}),
        ("rich", {"report", "cli"}),
        ("click", {"cli"}),
        ("ruamel", {"source"}),
        ("wandb", {"proofs", "cli"}),
    ],
)
def test_a_library_is_used_where_it_belongs(library: str, units: set[str]) -> None:
    users = {unit_of(one.file) for one in ENGINE_IMPORTS if is_in(one.target, library)}
    assert users <= units


def test_the_slow_parts_of_libcst_are_left_alone() -> None:
    slow = ("libcst.matchers", "libcst.codemod", "libcst.metadata")
    users = {unit_of(one.file) for one in ENGINE_IMPORTS if is_in(one.target, *slow)}
    assert users == {"codemods"}
    assert [str(one) for one in RULE_IMPORTS if is_in(one.target, *slow)] == []
    assert [str(one) for one in ENGINE_IMPORTS if is_in(one.target, "wbcheck.codemods")] == []


def test_no_folder_of_rules_hides_a_standard_module() -> None:
    names = {path.name for path in RULES.iterdir() if path.is_dir()} - {"__pycache__"}
    assert names
    assert not names & sys.stdlib_module_names
