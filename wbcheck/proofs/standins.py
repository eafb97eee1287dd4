"""Stand-ins for what an example leaves out: modules that are not here, names that it never binds.

An example shows the few lines that matter; its model, its data and its training are elsewhere. So that it
runs all the same, these are a number that can also be called, iterated, entered and asked for attributes.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from inspect import isclass, isroutine
from types import ModuleType
from typing import Any

from wbcheck.proofs.frameworks import fill

_FILE = re.compile(r"[\w-]+\.(?:csv|json|jsonl|txt|md|pt|pth|bin|png|parquet|npy|yaml)")


class Standin(float):
    """One half, and whatever else is asked of it."""

    def __new__(cls) -> Standin:
        return super().__new__(cls, 0.5)

    def __call__(self, *arguments: Any, **_: Any) -> Any:
        # As a decorator it leaves what it decorates as it is.
        is_decorated = len(arguments) == 1 and (isroutine(arguments[0]) or isclass(arguments[0]))
        return arguments[0] if is_decorated else Standin()

    def __getattr__(self, name: str) -> Any:
        # What is private is asked by libraries that look for what an object can do.
        if name.startswith("_") or name in ("tolist", "numpy", "to_json", "json_encode"):
            raise AttributeError(name)
        return Standin()

    def __getitem__(self, key: Any) -> Any:
        return Standin()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter((Standin(), Standin()))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)

    def __repr__(self) -> str:
        return "0.5"


def supply(code: str) -> dict[str, Any]:
    """What a script lacks: the names that it uses and never binds.

    Modules that it imports and nobody has are put in place, and files that it names into the current folder.
    """
    tree = ast.parse(code)
    for module in _imported(tree):
        _supply_module(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FILE.fullmatch(node.value):
            with open(node.value, "w", encoding="utf-8") as file:
                file.write("0.5\n")
    return {name: Standin() for name in _unbound(tree)}


def call_rest(code: str, names: dict[str, Any]) -> None:
    """Call the functions of a script that it never calls itself, each with a run of its own if it takes one.

    ``names`` are what the script left behind. Raises whatever they raise.
    """
    tree = ast.parse(code)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name not in named:
            given: dict[str, Any] = {}
            for each in (*node.args.posonlyargs, *node.args.args):
                given[each.arg] = sys.modules["wandb"].init() if each.arg == "run" else Standin()
            names[node.name](**given)
            if "run" in given:
                given["run"].finish()


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _supply_module(name: str) -> None:
    top = name.partition(".")[0]
    if top in ("wandb", *sys.stdlib_module_names) or (top not in sys.modules and find_spec(top)):
        return
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        path = ".".join(parts[:length])
        if path not in sys.modules:
            module: Any = ModuleType(path)
            module.__path__ = []
            module.__getattr__ = _asked
            fill(module)
            sys.modules[path] = module


def _asked(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Standin()


def _unbound(tree: ast.AST) -> set[str]:
    used, bound = set[str](), set(dir(builtins)) | {"__name__", "__file__"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {each.asname or each.name.partition(".")[0] for each in names}
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case _:
                pass
    return used - bound
