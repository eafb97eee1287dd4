"""Where nodes stand: character offsets for the few LibCST nodes whose spans the model keeps.

LibCST nodes do not know where they are. Python's own parser knows where each statement and each
header's expression starts (an *anchor*); measuring just those anchors that matter, token by token,
gives every node inside. Measured, that is a fifth of a parse where recording
the whole module is a third. Where ``ast`` cannot read the text (it knows only the
running interpreter's grammar), the whole module is recorded instead.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.syntax.measure import Recorder

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(slots=True)
class _Place:
    """Where an anchor starts, the indentation in force there, and the statement it belongs to."""

    start: int
    indents: tuple[str, ...]
    statement: Span


class Line(NamedTuple):
    """A small statement, or the header of a compound one: where it is, its anchors, and Python's own node."""

    start: int
    end: int
    anchors: list[cst.CSTNode]
    tree: ast.AST


class Positions:
    """Spans of nodes, on demand.

    An anchor is a small statement, or an expression of a compound statement's header.
    """

    def __init__(self, module: cst.Module, code: str) -> None:
        self._module = module
        self._code = code
        self._places: dict[int, _Place] = {}
        self._bodies: dict[int, Span] = {}
        self._definitions: list[tuple[cst.FunctionDef | cst.ClassDef, Span]] = []
        self._lines: list[Line] = []
        self._rendered: dict[int, Recorder] = {}
        self._whole: Recorder | None = None
        self.used: set[int] = set()
        try:
            _Aligner(self, module, code).run()
            self._lines.sort(key=lambda line: line.start)
            self._definitions.sort(key=lambda definition: definition[1].start)
        except (SyntaxError, ValueError, RecursionError, MemoryError, _Mismatch):
            self._record_whole()

    def span(self, anchor: cst.CSTNode, node: cst.CSTNode, outer: bool = False) -> Span:
        """The span of ``node``, which lies in ``anchor``; ``outer`` includes its parentheses and comma."""
        if self._whole is not None:
            recorder, shift = self._whole, 0
            self.used.add(id(anchor))
        else:
            place = self._places[id(anchor)]
            found = self._rendered.get(id(anchor))
            if found is None:
                found = self._render(anchor, place)
            self.used.add(id(anchor))
            recorder = found
            shift = place.start - _first(recorder, anchor)
        key = id(node)
        start, end = recorder.outer[key] if outer else recorder.inner.get(key, recorder.outer[key])
        return Span(start + shift, end + shift)

    def statement(self, anchor: cst.CSTNode) -> Span:
        """The span of the statement (or header) that an anchor belongs to, found without rendering it."""
        place = self._places.get(id(anchor))
        if place is None:
            return self.span(anchor, anchor)
        self.used.add(id(anchor))
        return place.statement

    def name(self, node: cst.Name) -> Span:
        """The span of a name that is its own anchor: a function's, a class's or a parameter's."""
        place = self._places.get(id(node))
        if place is None:
            return self.span(node, node)
        return Span(place.start, place.start + len(node.value))

    def has(self, anchor: cst.CSTNode) -> bool:
        """Whether the anchor is known."""
        return self._whole is not None or id(anchor) in self._places

    def start(self, node: cst.CSTNode) -> int | None:
        """Where a statement starts, found without rendering it; ``None`` if that is not known."""
        if self._whole is not None:
            found = self._whole.inner.get(id(node))
            return None if found is None else found[0]
        place, whole = self._places.get(id(node)), self._bodies.get(id(node))
        if place is not None:
            return place.start
        return None if whole is None else whole.start

    def body(self, statement: cst.CSTNode) -> Span:
        """The span of a whole compound statement, header and body."""
        if self._whole is not None:
            start, end = self._whole.inner.get(id(statement), (0, len(self._code)))
            return Span(start, end)
        return self._bodies.get(id(statement), Span(0, len(self._code)))

    @property
    def aligned(self) -> bool:
        """Whether statements are known without rendering anything."""
        return self._whole is None

    @property
    def count(self) -> int:
        """About how many statements there are."""
        return len(self._places) or len(self._module.body) * 4

    def text(self, anchor: cst.CSTNode) -> str:
        """The source of an anchor that ends its header, white space folded; empty if that is not known."""
        place = self._places.get(id(anchor))
        return "" if place is None else " ".join(self._code[place.start : place.statement.end].split())

    def definitions(self) -> list[tuple[cst.FunctionDef | cst.ClassDef, Span]]:
        """Every function and class with the span of the whole of it."""
        return self._definitions

    def lines(self) -> list[Line]:
        """Every statement and header in source order."""
        return self._lines

    def statements(self) -> tuple[Span, ...]:
        """The statements (headers, for compound ones) of every anchor that was asked about, sorted."""
        if self._whole is None:
            return tuple(sorted({self._places[key].statement for key in self.used if key in self._places}))
        return tuple(sorted({Span(*self._whole.inner[key]) for key in self.used if key in self._whole.inner}))

    def _render(self, anchor: cst.CSTNode, place: _Place) -> Recorder:
        recorder = Recorder(self._module.default_indent, self._module.default_newline, place.indents)
        recorder.measure(anchor)
        self._rendered[id(anchor)] = recorder
        return recorder

    def _record_whole(self) -> None:
        recorder = Recorder(self._module.default_indent, self._module.default_newline, ())
        self._module._codegen(recorder)
        self._whole = recorder


def _first(recorder: Recorder, anchor: cst.CSTNode) -> int:
    """Where Python's parser says an anchor starts: a tuple and a generator own their parentheses."""
    if isinstance(anchor, cst.Tuple | cst.GeneratorExp) and anchor.lpar:
        return recorder.outer[id(anchor.lpar[-1])][0]
    return recorder.inner.get(id(anchor), recorder.outer[id(anchor)])[0]


class _Mismatch(Exception):
    """The two trees do not line up."""


class _Aligner:
    """Walks LibCST's and Python's trees side by side, statement by statement."""

    def __init__(self, positions: Positions, module: cst.Module, code: str) -> None:
        self._places = positions._places
        self._bodies = positions._bodies
        self._definitions = positions._definitions
        self._lines = positions._lines
        self._module = module
        self._code = code
        self._rows = [0, *(match.end() for match in _LINE_END.finditer(code))]
        self._ascii = code.isascii()

    def run(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(
                self._code,
                "<source>",
                "exec",
                ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,
            )
        if not isinstance(tree, ast.Module):
            raise _Mismatch
        self._body(self._module.body, tree.body, ())

    def _offset(self, row: int, column: int) -> int:
        start = self._rows[row - 1]
        if self._ascii:
            return start + column
        end = self._rows[row] if row < len(self._rows) else len(self._code)
        line = self._code[start:end]
        if line.isascii():
            return start + column
        return start + len(line.encode()[:column].decode(errors="replace"))

    def _start(self, node: Any) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _end(self, node: Any) -> int:
        return self._offset(node.end_lineno, node.end_col_offset)

    def _body(self, body: Sequence[cst.CSTNode], tree: Sequence[ast.stmt], indents: tuple[str, ...]) -> None:
        index = 0
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                for small in statement.body:
                    node = tree[index] if index < len(tree) else None
                    if node is None:
                        raise _Mismatch
                    start, end = self._start(node), self._end(node)
                    self._places[id(small)] = _Place(start, indents, Span(start, end))
                    self._lines.append(Line(start, end, [small], node))
                    index += 1
                continue
            if index >= len(tree):
                raise _Mismatch
            self._compound(statement, tree[index], indents)
            index += 1
        if index != len(tree):
            raise _Mismatch

    def _suite(self, suite: cst.BaseSuite, tree: Sequence[ast.stmt], indents: tuple[str, ...]) -> None:
        if isinstance(suite, cst.IndentedBlock):
            indent = self._module.default_indent if suite.indent is None else suite.indent
            self._body(suite.body, tree, (*indents, indent))
        else:
            self._body([suite], tree, indents)

    def _header(
        self,
        start: int,
        indents: tuple[str, ...],
        pairs: Sequence[tuple[cst.CSTNode | None, ast.AST | None]],
        tree: ast.AST,
    ) -> None:
        known = [(node, other) for node, other in pairs if node is not None and other is not None]
        end = max((self._end(other) for _, other in known), default=start)
        for node, other in known:
            self._places[id(node)] = _Place(self._start(other), indents, Span(start, end))
        if known:
            self._lines.append(Line(start, end, [node for node, _ in known], tree))

    def _compound(self, node: cst.CSTNode, tree: ast.AST, indents: tuple[str, ...]) -> None:
        start = self._start(tree)
        self._bodies[id(node)] = Span(start, self._end(tree))
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._definitions.append((node, self._bodies[id(node)]))
        if isinstance(node, cst.FunctionDef) and isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, tree, start, indents)
        elif isinstance(node, cst.ClassDef) and isinstance(tree, ast.ClassDef):
            name = self._code.index(node.name.value, self._code.index("class", start))
            self._places[id(node.name)] = _Place(name, indents, Span(start, name + len(node.name.value)))
            self._header(
                start,
                indents,
                [(d.decorator, t) for d, t in _zip(node.decorators, tree.decorator_list)],
                tree,
            )
            for base, expression in zip(node.bases, tree.bases, strict=False):
                if type(base.value) is cst.Attribute:
                    at = self._start(expression)
                    self._places[id(base.value)] = _Place(at, indents, Span(at, self._end(expression)))
            self._suite(node.body, tree.body, indents)
        elif isinstance(node, cst.If) and isinstance(tree, ast.If):
            self._header(start, indents, [(node.test, tree.test)], tree)
            self._suite(node.body, tree.body, indents)
            if isinstance(node.orelse, cst.If):
                self._compound(node.orelse, tree.orelse[0], indents)
            elif node.orelse is not None:
                self._else(node.orelse, tree.orelse, indents)
        elif isinstance(node, cst.For) and isinstance(tree, ast.For | ast.AsyncFor):
            self._header(start, indents, [(node.target, tree.target), (node.iter, tree.iter)], tree)
            self._suite(node.body, tree.body, indents)
            self._else(node.orelse, tree.orelse, indents)
        elif isinstance(node, cst.While) and isinstance(tree, ast.While):
            self._header(start, indents, [(node.test, tree.test)], tree)
            self._suite(node.body, tree.body, indents)
            self._else(node.orelse, tree.orelse, indents)
        elif isinstance(node, cst.With) and isinstance(tree, ast.With | ast.AsyncWith):
            pairs: list[tuple[cst.CSTNode | None, ast.AST | None]] = []
            for item, other in _zip(node.items, tree.items):
                pairs.append((item.item, other.context_expr))
                pairs.append((item.asname.name if item.asname else None, other.optional_vars))
            self._header(start, indents, pairs, tree)
            self._suite(node.body, tree.body, indents)
        elif isinstance(node, cst.Try | cst.TryStar) and isinstance(
            tree, ast.Try | getattr(ast, "TryStar", ast.Try)
        ):
            self._suite(node.body, tree.body, indents)
            for handler, clause in _zip(node.handlers, tree.handlers):
                begin = self._start(clause)
                self._bodies[id(handler)] = Span(begin, self._end(clause))
                self._header(begin, indents, [(handler.type, clause.type)], clause)
                self._suite(handler.body, clause.body, indents)
            self._else(node.orelse, tree.orelse, indents)
            if node.finalbody is not None:
                self._else(node.finalbody, tree.finalbody, indents)
        elif isinstance(node, cst.Match) and isinstance(tree, ast.Match):
            self._header(start, indents, [(node.subject, tree.subject)], tree)
            for case, other_case in _zip(node.cases, tree.cases):
                self._bodies[id(case)] = Span(self._start(other_case.pattern), self._end(other_case.body[-1]))
                self._header(
                    self._start(other_case.pattern), indents, [(case.guard, other_case.guard)], other_case
                )
                inner = self._module.default_indent if node.indent is None else node.indent
                self._suite(case.body, other_case.body, (*indents, inner))
        else:
            raise _Mismatch

    def _else(self, node: Any, tree: Sequence[ast.stmt], indents: tuple[str, ...]) -> None:
        if node is not None:
            self._bodies[id(node)] = Span(self._start(tree[0]), self._end(tree[-1]))
            self._suite(node.body, tree, indents)

    def _function(
        self,
        node: cst.FunctionDef,
        tree: ast.FunctionDef | ast.AsyncFunctionDef,
        start: int,
        indents: tuple[str, ...],
    ) -> None:
        name = self._code.index(node.name.value, self._code.index("def", start) + 3)
        header = Span(start, name + len(node.name.value))
        self._places[id(node.name)] = _Place(name, indents, header)
        arguments = tree.args
        pairs: list[tuple[cst.CSTNode | None, ast.AST | None]] = []
        params = node.params
        plain = [*params.posonly_params, *params.params]
        positional = [*arguments.posonlyargs, *arguments.args]
        for param, other in _zip(plain, positional):
            pairs.append((param.name, other))
        defaulted = [param for param in plain if param.default is not None]
        pairs.extend((param.default, value) for param, value in _zip(defaulted, arguments.defaults))
        for param, other in _zip(params.kwonly_params, arguments.kwonlyargs):
            pairs.append((param.name, other))
        for param, default in _zip(params.kwonly_params, arguments.kw_defaults):
            pairs.append((param.default, default))
        if isinstance(params.star_arg, cst.Param):
            pairs.append((params.star_arg.name, arguments.vararg))
        if params.star_kwarg is not None:
            pairs.append((params.star_kwarg.name, arguments.kwarg))
        self._header(start, indents, pairs, tree)
        for decorator, expression in _zip(node.decorators, tree.decorator_list):
            at = self._start(expression)
            end = self._end(expression)
            self._places[id(decorator.decorator)] = _Place(at, indents, Span(at, end))
            self._lines.append(Line(at, end, [decorator.decorator], expression))
        self._suite(node.body, tree.body, indents)


def _zip(first: Sequence[Any], second: Sequence[Any]) -> list[tuple[Any, Any]]:
    if len(first) != len(second):
        raise _Mismatch
    return list(zip(first, second, strict=True))
