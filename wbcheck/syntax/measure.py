"""How long nodes are, without rendering them: the quick way through the expressions that calls are made of.

LibCST's own code generation gives every node's extent, and takes a third of a parse for a module. The few
kinds of node that W&B code mostly consists of are measured here by the lengths of their tokens;
everything else goes through ``Recorder``, which is LibCST's way. A test holds that both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState


class Recorder(CodegenState):
    """Notes where nodes start and end, counted from ``at``.

    ``inner`` is without a node's own parentheses and trailing comma, ``outer`` with them.
    """

    def __init__(self, default_indent: str, default_newline: str, indents: Sequence[str]) -> None:
        super().__init__(default_indent, default_newline)
        self.indent_tokens.extend(indents)
        self.at = 0
        self.inner: dict[int, tuple[int, int]] = {}
        self.outer: dict[int, tuple[int, int]] = {}
        self._starts: list[int] = []

    def measure(self, node: cst.CSTNode) -> None:
        """Note a node and all that is in it, starting at ``at``."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            node._codegen(self)
        else:
            start = self.at
            handler(self, node)
            self.outer[id(node)] = (start, self.at)

    def add_token(self, value: str) -> None:
        self.at += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.at += len(token)

    def pop_trailing_newline(self) -> None:
        pass

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._starts.append(self.at)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.outer[id(node)] = (self._starts.pop(), self.at)

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Recording:
        return _Recording(self, node, start_node, end_node)


class _Recording:
    """Notes a node's own extent, from entering to leaving: a class, as a generator takes twice as long."""

    __slots__ = ("end_node", "node", "recorder", "start", "start_node")

    def __init__(
        self,
        recorder: Recorder,
        node: cst.CSTNode,
        start_node: cst.CSTNode | None,
        end_node: cst.CSTNode | None,
    ) -> None:
        self.recorder = recorder
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.start = self.recorder.at

    def __exit__(self, *_: object) -> None:
        inner, at = self.recorder.inner, self.recorder.at
        first = self.start if self.start_node is None else inner.get(id(self.start_node), (self.start, 0))[0]
        last = at if self.end_node is None else inner.get(id(self.end_node), (0, at))[1]
        inner[id(self.node)] = (first, last)


def _space(to: Recorder, whitespace: Any) -> None:
    if type(whitespace) is cst.SimpleWhitespace:
        to.at += len(whitespace.value)
    elif whitespace is not cst.MaybeSentinel.DEFAULT:
        whitespace._codegen(to)


def _comma(to: Recorder, comma: Any) -> None:
    if type(comma) is cst.Comma:
        _space(to, comma.whitespace_before)
        to.at += 1
        _space(to, comma.whitespace_after)


def _enclosed(body: Callable[[Recorder, Any], None]) -> Callable[[Recorder, Any], None]:
    """A handler for an expression, given that of what stands between its parentheses."""

    def handler(to: Recorder, node: Any) -> None:
        for bracket in node.lpar:
            start = to.at
            to.at += 1
            _space(to, bracket.whitespace_after)
            to.outer[id(bracket)] = (start, to.at)
        start = to.at
        body(to, node)
        to.inner[id(node)] = (start, to.at)
        for bracket in node.rpar:
            _space(to, bracket.whitespace_before)
            to.at += 1

    return handler


def _token(to: Recorder, node: Any) -> None:
    to.at += len(node.value)


def _attribute(to: Recorder, node: cst.Attribute) -> None:
    to.measure(node.value)
    _space(to, node.dot.whitespace_before)
    to.at += 1
    _space(to, node.dot.whitespace_after)
    to.measure(node.attr)


def _subscript(to: Recorder, node: cst.Subscript) -> None:
    to.measure(node.value)
    _space(to, node.whitespace_after_value)
    to.at += 1
    _space(to, node.lbracket.whitespace_after)
    for element in node.slice:
        index = element.slice
        if type(index) is cst.Index and index.star is None:
            to.measure(index.value)
            _comma(to, element.comma)
        else:
            element._codegen(to)
    _space(to, node.rbracket.whitespace_before)
    to.at += 1


def _call(to: Recorder, node: cst.Call) -> None:
    to.measure(node.func)
    _space(to, node.whitespace_after_func)
    to.at += 1
    _space(to, node.whitespace_before_args)
    for arg in node.args:
        start = to.at
        to.at += len(arg.star)
        _space(to, arg.whitespace_after_star)
        if arg.keyword is not None:
            to.measure(arg.keyword)
            equal: Any = arg.equal
            _space(to, equal.whitespace_before)
            to.at += 1
            _space(to, equal.whitespace_after)
        to.measure(arg.value)
        to.inner[id(arg)] = (start, to.at)
        _comma(to, arg.comma)
        _space(to, arg.whitespace_after_arg)
        to.outer[id(arg)] = (start, to.at)
    to.at += 1


def _dict(to: Recorder, node: cst.Dict) -> None:
    to.at += 1
    _space(to, node.lbrace.whitespace_after)
    for element in node.elements:
        start = to.at
        if type(element) is cst.DictElement:
            to.measure(element.key)
            _space(to, element.whitespace_before_colon)
            to.at += 1
            _space(to, element.whitespace_after_colon)
        elif type(element) is cst.StarredDictElement:
            to.at += 2
            _space(to, element.whitespace_before_value)
        to.measure(element.value)
        to.inner[id(element)] = (start, to.at)
        _comma(to, element.comma)
        to.outer[id(element)] = (start, to.at)
    _space(to, node.rbrace.whitespace_before)
    to.at += 1


def _elements(to: Recorder, node: Any) -> None:
    for element in node.elements:
        if type(element) is cst.Element:
            start = to.at
            to.measure(element.value)
            to.inner[id(element)] = (start, to.at)
            _comma(to, element.comma)
            to.outer[id(element)] = (start, to.at)
        else:
            element._codegen(to)


def _list(to: Recorder, node: cst.List) -> None:
    to.at += 1
    _space(to, node.lbracket.whitespace_after)
    _elements(to, node)
    _space(to, node.rbracket.whitespace_before)
    to.at += 1


def _formatted(to: Recorder, node: cst.FormattedString) -> None:
    to.at += len(node.start)
    _parts(to, node.parts)
    to.at += len(node.end)


def _parts(to: Recorder, parts: Sequence[cst.BaseFormattedStringContent]) -> None:
    for part in parts:
        start = to.at
        if type(part) is cst.FormattedStringText:
            to.at += len(part.value)
        elif type(part) is cst.FormattedStringExpression and part.equal is None:
            to.at += 1
            _space(to, part.whitespace_before_expression)
            to.measure(part.expression)
            _space(to, part.whitespace_after_expression)
            to.at += 0 if part.conversion is None else 1 + len(part.conversion)
            if part.format_spec is not None:
                to.at += 1
                _parts(to, part.format_spec)
            to.at += 1
        else:
            part._codegen(to)
        to.outer[id(part)] = (start, to.at)


def _concatenated(to: Recorder, node: cst.ConcatenatedString) -> None:
    to.measure(node.left)
    _space(to, node.whitespace_between)
    to.measure(node.right)


def _operation(to: Recorder, node: cst.BinaryOperation) -> None:
    to.measure(node.left)
    operator: Any = node.operator
    _space(to, operator.whitespace_before)
    to.at += len(operator._get_token())
    _space(to, operator.whitespace_after)
    to.measure(node.right)


def _expression_statement(to: Recorder, node: cst.Expr) -> None:
    start = to.at
    to.measure(node.value)
    to.inner[id(node)] = (start, to.at)


def _assignment(to: Recorder, node: cst.Assign) -> None:
    start = to.at
    for target in node.targets:
        to.measure(target.target)
        _space(to, target.whitespace_before_equal)
        to.at += 1
        _space(to, target.whitespace_after_equal)
    to.measure(node.value)
    to.inner[id(node)] = (start, to.at)


_HANDLERS: dict[type, Callable[[Recorder, Any], None]] = {
    cst.Name: _enclosed(_token),
    cst.Integer: _enclosed(_token),
    cst.Float: _enclosed(_token),
    cst.SimpleString: _enclosed(_token),
    cst.Attribute: _enclosed(_attribute),
    cst.Subscript: _enclosed(_subscript),
    cst.Call: _enclosed(_call),
    cst.Dict: _enclosed(_dict),
    cst.List: _enclosed(_list),
    cst.Tuple: _enclosed(_elements),
    cst.FormattedString: _enclosed(_formatted),
    cst.ConcatenatedString: _enclosed(_concatenated),
    cst.BinaryOperation: _enclosed(_operation),
    cst.Expr: _expression_statement,
    cst.Assign: _assignment,
}
