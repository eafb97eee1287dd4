"""From a text to its tree: what is bounded before LibCST sees it, and why it refuses what it refuses."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from wbcheck.source import SourceError, Unit, blank
from wbcheck.source.bound import bound
from wbcheck.source.unit import LINE_END, Language

RECURSION_LIMIT = 6000


@contextmanager
def room() -> Iterator[None]:
    """Room for what walks a tree by recursion: as deep as the bound lets texts be nested."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def deep() -> Iterator[None]:
    """The same; what goes deeper still raises ``SourceError``."""
    try:
        with room():
            yield
    except RecursionError:
        raise SourceError("too deeply nested to analyse") from None


_WHERE = re.compile(r"error at (\d+):(\d+): *(.*)", re.DOTALL)


def _refusal(code: str, error: cst.ParserSyntaxError) -> SourceError:
    """Why and where LibCST refuses a text, in Python's own words where it refuses it too: they tell more."""
    row, column, told = error.raw_line, error.raw_column, error.message
    found = _WHERE.search(told)
    if found is not None:
        row, column, told = int(found.group(1)), int(found.group(2)), found.group(3)
    try:
        compile(
            code, "<source>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
    except SyntaxError as own:
        if own.lineno and own.offset:
            row, column, told = own.lineno, own.offset - 1, own.msg
    except (ValueError, RecursionError, MemoryError):
        pass
    told = " ".join(told.split())
    # A list of everything that could stand there helps nobody.
    told = "unexpected syntax" if told.startswith("expected one of") or len(told) > 60 else told
    starts = [0, *(match.end() for match in LINE_END.finditer(code))]
    offset = min(starts[min(max(row, 1), len(starts)) - 1] + max(column, 0), len(code))
    return SourceError(f"cannot be parsed: {told}", offset)


def parse(unit: Unit) -> tuple[Unit, cst.Module, list[tuple[int, SourceError]]]:
    """A unit's tree, and its cells that do not parse, which are blank in the unit that is given back.

    Raises ``SourceError`` as ``build`` does.
    """
    try:
        return unit, _module(unit.code), []
    except SourceError:
        if unit.language is not Language.NOTEBOOK:
            raise
    opaque: list[tuple[int, SourceError]] = []
    for cell in unit.cells:
        try:
            # What a string left open hides from the bound of the whole is bounded here.
            _module(unit.code[cell.span.start : cell.span.end])
        except SourceError as error:
            opaque.append((cell.number, SourceError(error.message, error.offset + cell.span.start)))
    numbers = {number for number, _ in opaque}
    unit = blank(unit, [cell.span for cell in unit.cells if cell.number in numbers])
    return unit, _module(unit.code), opaque


def _module(code: str) -> cst.Module:
    """A text's tree. Raises ``SourceError`` beyond the bound, and where LibCST refuses it."""
    bound(code)
    try:
        return cst.parse_module(code)
    except cst.ParserSyntaxError as error:
        raise _refusal(code, error) from None
    except (cst.CSTValidationError, cst.CSTLogicError) as error:
        told = " ".join(str(error).split())
        raise SourceError(f"cannot be parsed: {told if len(told) < 60 else 'unexpected syntax'}") from None
