"""Of a file that is read for a few of its names: what those hang on, and nothing else.

Python's own parser is ten times as fast as LibCST. It says which statements of the module a name hangs on;
all others are blanked before LibCST sees the text. Where it cannot read the file, all of it is taken.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

from wbcheck.diagnostic import Span
from wbcheck.source import Language, Unit, blank

STAR = "*"
_MADE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def narrowed(unit: Unit, wanted: frozenset[str]) -> Unit:
    """A copy of ``unit`` with the statements of the module blanked that none of the ``wanted`` names needs.

    A statement is needed if it makes or changes a needed name, and needs every name that stands in it. A
    function that is not needed itself does nothing to others, unless it declares them ``global``.
    """
    if STAR in wanted or unit.language is not Language.PYTHON:
        return unit
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(unit.code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return unit
    needed = _needed(body, wanted)
    rows = [unit.line_span(row).start for row in (_first_row(each) for each in body)]
    spans = []
    for index, statement in enumerate(body):
        if index not in needed and _stands_alone(body, index):
            end = unit.line_span(statement.end_lineno or statement.lineno).end
            spans.append(Span(rows[index], end))
    return blank(unit, spans)


def _needed(body: list[ast.stmt], wanted: Iterable[str]) -> set[int]:
    """The numbers of the statements that the wanted names hang on."""
    names = [frozenset(_names(each)) for each in body]
    triggers: dict[str, list[int]] = {}
    for index, statement in enumerate(body):
        for name in _changes(statement) if isinstance(statement, _MADE) else names[index]:
            triggers.setdefault(name, []).append(index)
    needed: set[int] = set()
    open_ = list(wanted)
    seen = set(open_)
    while open_:
        for index in triggers.get(open_.pop(), ()):
            if index not in needed:
                needed.add(index)
                fresh = names[index] - seen
                seen |= fresh
                open_ += fresh
    return needed | {index for index, each in enumerate(body) if _is_star(each)}


def _names(statement: ast.stmt) -> Iterator[str]:
    """Every name that stands in a statement, or that it makes."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, _MADE):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.Global):
            yield from node.names


def _changes(made: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
    """The names of the module that a function or class makes or may change when it is called."""
    yield made.name
    for node in ast.walk(made):
        if isinstance(node, ast.Global):
            yield from node.names


def _is_star(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and any(alias.name == STAR for alias in statement.names)


def _first_row(statement: ast.stmt) -> int:
    decorators = statement.decorator_list if isinstance(statement, _MADE) else []
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _stands_alone(body: list[ast.stmt], index: int) -> bool:
    """Whether no other statement shares a row with this one."""
    before = body[index - 1].end_lineno if index else 0
    after = _first_row(body[index + 1]) if index + 1 < len(body) else None
    own = body[index]
    return before != _first_row(own) and after != own.end_lineno
