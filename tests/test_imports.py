"""Imports found as Python would: packages, relative ones, `src`, several roots, folders without a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck.imports import Import, Resolver, imports_of

Write = Callable[[str, str], Path]

TREE = (
    "pyproject.toml",
    "train.py",
    "utils.py",
    "wandb/latest.py",
    "json.py",
    "lib/__init__.py",
    "lib/tracking.py",
    "lib/deep/__init__.py",
    "lib/deep/names.py",
    "plain/helpers.py",
    "src/acme/__init__.py",
    "src/acme/config.py",
    "both/__init__.py",
    "both.py",
    "step/run.py",
    "step/own.py",
)


@pytest.fixture
def tree(write: Write, project: Path) -> Path:
    for path in TREE:
        write(path, "")
    return project


@pytest.mark.parametrize(
    ("importer", "module", "file"),
    [
        ("train.py", "utils", "utils.py"),
        ("train.py", "lib", "lib/__init__.py"),
        ("train.py", "lib.tracking", "lib/tracking.py"),
        ("train.py", "plain.helpers", "plain/helpers.py"),
        ("train.py", "plain", None),
        ("train.py", "acme.config", "src/acme/config.py"),
        ("train.py", "both", "both/__init__.py"),
        ("train.py", "lib.missing", None),
        ("train.py", "torch.nn", None),
        ("train.py", "wandb.latest", None),
        ("train.py", "json", None),
        ("lib/tracking.py", ".", "lib/__init__.py"),
        ("lib/tracking.py", ".deep.names", "lib/deep/names.py"),
        ("lib/deep/names.py", "..tracking", "lib/tracking.py"),
        ("lib/deep/names.py", "....outside", None),
        ("lib/deep/names.py", "utils", "utils.py"),
        ("src/acme/__init__.py", ".config", "src/acme/config.py"),
        ("src/acme/config.py", "acme", "src/acme/__init__.py"),
        ("step/run.py", "own", "step/own.py"),
        ("step/run.py", "utils", "utils.py"),
        ("lib/deep/__init__.py", "names", "lib/deep/names.py"),
    ],
)
def test_a_module_is_found(tree: Path, importer: str, module: str, file: str | None) -> None:
    found = Resolver().file_of(str(tree / importer), module)
    assert found == (None if file is None else str(tree / file))


def test_the_nearest_of_several_roots_counts(write: Write, project: Path) -> None:
    for path in ("pyproject.toml", "utils.py", "one/utils.py", "one/train.py", "two/train.py"):
        write(path, "")
    resolver = Resolver()
    assert resolver.file_of(str(project / "one/train.py"), "utils") == str(project / "one/utils.py")
    assert resolver.file_of(str(project / "two/train.py"), "utils") == str(project / "utils.py")


def test_nothing_is_found_beyond_the_project(write: Write, project: Path) -> None:
    for path in ("outside.py", "inner/.git/HEAD", "inner/train.py"):
        write(path, "")
    assert Resolver().file_of(str(project / "inner/train.py"), "outside") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import utils", [Import("utils")]),
        ("import a.b as c, d  # why", [Import("a.b"), Import("d")]),
        ("from a import b as c, d", [Import("a", (("b", "c"), ("d", "d")))]),
        ("    from . import (\n  b,  # one\n  c as e,\n)", [Import(".", (("b", "b"), ("c", "e")))]),
        ("from .. a import *", [Import("..a", (("*", "*"),))]),
        ("from a import b, \\\n    c", [Import("a", (("b", "b"), ("c", "c")))]),
        ("from .import(a)", [Import(".", (("a", "a"),))]),
        ("from a import (  # why (not)\n  b,\n)", [Import("a", (("b", "b"),))]),
        ("from . importlib import b", [Import(".importlib", (("b", "b"),))]),
        (f"from{' ' * 100_000}a importing", []),
        ("x = 1", []),
        ("from a import", []),
        ("raise X from error", []),
    ],
)
def test_imports_are_read(text: str, found: list[Import]) -> None:
    assert list(imports_of(text)) == found
