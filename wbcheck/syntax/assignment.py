"""Assignments: what a target binds, in statements, loops and patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst
import msgspec

from wbcheck.model.values import (
    Kind,
    Number,
    ObjectKind,
    Part,
    Ref,
    Text,
    Unknown,
    Why,
)
from wbcheck.syntax import containers, expressions, meaning, operators, runs, writing
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    candidates,
    join,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def target_names(target: cst.CSTNode) -> Iterator[str]:
    """The names that a target binds, as written (``run``, ``self.run``)."""
    if type(target) is cst.Name:
        yield target.value
    elif type(target) is cst.Attribute and type(target.value) is cst.Name:
        yield f"{target.value.value}.{target.attr.value}"
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from target_names(element.value)


def assign(walker: Walker, target: cst.CSTNode, value: Any, node: cst.CSTNode) -> None:
    """Assign a value to a target of an assignment (``node`` is the statement)."""
    if type(target) is cst.Name:
        runs.named(walker, target.value, value)
        walker.bind(target.value, value)
    elif type(target) is cst.Attribute:
        base = expressions.evaluate_link(walker, target.value)
        for option in candidates(base):
            writing.set_attribute(walker, target, option, target.attr.value, value)
    elif type(target) is cst.Subscript:
        base = expressions.evaluate_link(walker, target.value)
        key = expressions.index(walker, target)
        for option in candidates(base):
            writing.set_item(walker, target, option, key, value, node)
    elif isinstance(target, cst.Tuple | cst.List):
        known = _one_tuple(walker, value)
        items = known.items if isinstance(known, ListObject) and not known.open else None
        starred = any(type(element) is cst.StarredElement for element in target.elements)
        for number, element in enumerate(target.elements):
            inner: Any = Unknown(None, getattr(known, "why", Why.CALL), "")
            if items is not None and len(items) == len(target.elements) and not starred:
                inner = items[number]
            assign(walker, element.value, inner, node)


def _one_tuple(walker: Walker, value: Any) -> Any:
    """Several tuples of one length as one tuple, element by element."""
    options = candidates(value)
    if len(options) < 2 or not all(isinstance(option, ListObject) for option in options):
        return single(value)
    if len({len(option.items) for option in options}) != 1:
        return None
    first = options[0]
    items = list(first.items)
    for option in options[1:]:
        items = [join(one, two) for one, two in zip(items, option.items, strict=True)]
    return ListObject(first.span, first.kind, items, walker.frame, any(option.open for option in options))


def augment(walker: Walker, node: cst.AugAssign) -> None:
    """``x += y`` and its kin."""
    right = expressions.evaluate(walker, node.value)
    target = node.target
    if type(target) is cst.Name:
        old = walker.lookup(target.value)
        known = single(old)
        if type(node.operator) is cst.BitOrAssign and isinstance(known, DictObject):
            containers.spread(walker, known, right)
            return
        if type(node.operator) is cst.AddAssign and isinstance(known, ListObject):
            containers.extend(walker, known, right)
            return
        if type(node.operator) is cst.AddAssign and isinstance(known, Text):
            walker.bind(target.value, operators.operate(walker, node, node.operator, old, right))
            return
        if isinstance(known, Part):
            meaning.note_change(walker, node, known, target.value)
        value = Unknown(None, Why.COUNTER, target.value, Kind.NUMBER)
        walker.bind(
            target.value, value if isinstance(known, Number | Unknown) else Unknown(None, Why.OPERATION)
        )
        return
    operator = walker.code(node.operator)
    if type(target) is cst.Attribute:
        base = expressions.evaluate_link(walker, target.value)
        for option in candidates(base):
            writing.set_attribute(walker, target, option, target.attr.value, right, operator)
    elif type(target) is cst.Subscript:
        base = expressions.evaluate_link(walker, target.value)
        key = expressions.index(walker, target)
        for option in candidates(base):
            writing.set_item(walker, target, option, key, right, node, operator)


def note_reassignment(walker: Walker, node: cst.BinaryOperation, name: str) -> None:
    """``lr = lr * 2``, where ``lr`` was read from a config."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if type(side) is cst.Name and side.value == name and not isinstance(other, cst.BaseString):
            known = single(walker.lookup(name))
            if isinstance(known, Part):
                meaning.note_change(walker, node, known, name)


def delete(walker: Walker, target: cst.BaseExpression) -> None:
    """``del``."""
    if type(target) is cst.Tuple:
        for element in target.elements:
            delete(walker, element.value)
    elif type(target) is cst.Subscript:
        base = expressions.evaluate_link(walker, target.value)
        key = expressions.index(walker, target)
        for option in candidates(base):
            writing.delete_item(walker, target, option, key)
    elif type(target) is cst.Name:
        walker.state.names.pop(target.value, None)


def bind_loop_target(
    walker: Walker, target: cst.BaseExpression, iter_node: cst.BaseExpression, iterable: Any
) -> None:
    """Bind a loop's variables to what one pass gives them."""
    form = counting(walker, iter_node)[0]
    names = list(target_names(target))
    if form == "range":
        for name in names:
            walker.bind(name, Unknown(walker.at(target), Why.COUNTER, name, Kind.NUMBER))
        return
    counted = form == "enumerate" and type(target) is cst.Tuple and len(target.elements) == 2
    known = single(iterable)
    value: Any = Unknown(None, Why.BRANCH, kind=Kind.ANY)
    if isinstance(known, ListObject) and known.items:
        value = known.items[0]
        for item in known.items[1:]:
            value = join(value, item)
        if known.open:
            value = join(value, Unknown(None, Why.BRANCH))
    elif isinstance(known, Ref) and known.kind is ObjectKind.API_OBJECT and known.name == "runs":
        value = Ref(None, ObjectKind.API_OBJECT, known.id, "run")
    elif isinstance(known, Unknown) and known.why in (Why.CONFIG, Why.ARGUMENT, Why.INPUT, Why.PARAMETER):
        value = Unknown(None, known.why, known.name)
    if isinstance(known, Unknown) and known.name in ("range", "builtins.range"):
        for name in names:
            walker.bind(name, Unknown(None, Why.COUNTER, name, Kind.NUMBER))
        return
    if counted and type(target) is cst.Tuple:
        first = next(target_names(target.elements[0].value), "")
        count = Unknown(walker.at(target), Why.COUNTER, first, Kind.NUMBER)
        assign(walker, target.elements[0].value, count, target)
        assign(walker, target.elements[1].value, Unknown(None, Why.BRANCH), target)
        return
    if type(target) is cst.Name:
        walker.bind(target.value, value if not isinstance(value, Unknown) else _renamed(value, target.value))
        return
    assign(walker, target, value, target)
    if type(target) is cst.Tuple and isinstance(known, ListObject) and _is_mixed(known):
        # The body tells dicts from what is none, and nobody tells which of the keys it then has.
        for name in target_names(target.elements[0].value):
            walker.bind(name, Unknown(None, Why.BRANCH, name))


def _is_mixed(pairs: ListObject) -> bool:
    """Whether the second values of these pairs are dicts in part."""
    seconds = [pair.items[1] for pair in pairs.items if isinstance(pair, ListObject) and len(pair.items) == 2]
    return len({isinstance(second, DictObject) for second in seconds}) > 1


# What shows a bar and gives the same things one by one.
_BARS = frozenset({"tqdm", "trange", "track", "progress_bar", "tqdm_notebook"})


def tell_count(walker: Walker, clause: cst.CompFor) -> int | None:
    """How many values the counter of a comprehension over a literal range takes; noted with it, too."""
    target, ranging = clause.target, clause.iter
    if type(target) is not cst.Name or type(ranging) is not cst.Call or type(ranging.func) is not cst.Name:
        return None
    counter = walker.state.names[target.value]
    if ranging.func.value == "range" and isinstance(counter, Unknown):
        count = counting(walker, ranging)[2]
        walker.state.names[target.value] = msgspec.structs.replace(counter, size=count)
        return count
    return None


def counting(walker: Walker, node: cst.BaseExpression) -> tuple[str, int | None, int | None]:
    """How a loop over this counts: ``range``, ``enumerate`` or not (``""``), its first number, how often.

    Numbers are there where they are literals and it counts by one.
    """
    if type(node) is not cst.Call:
        return "", None, None
    callee = walker.code(node.func)
    last = callee.rsplit(".", 1)[-1]
    if last in _BARS and last != "trange" and node.args and not node.args[0].star:
        return counting(walker, node.args[0].value)
    values = [single(expressions.evaluate_quietly(walker, arg.value)) for arg in node.args if not arg.star]
    numbers = [
        value.value if isinstance(value, Number) and isinstance(value.value, int) else None
        for value in values
    ]
    given = [arg for arg in node.args if arg.keyword is None]
    start: int | None = 0
    count: int | None = None
    if callee == "enumerate":
        start = numbers[1] if len(numbers) > 1 else 0
    elif callee in ("count", "itertools.count"):
        start = numbers[0] if numbers else 0
    elif callee == "range" or last == "trange":
        count = numbers[0] if len(given) == 1 else None
        if len(given) > 1:
            start = numbers[0]
        if len(given) > 2 and numbers[2] != 1:
            start = None
    else:
        return "", None, None
    if any(arg.star for arg in node.args):
        start = count = None
    form = "enumerate" if callee == "enumerate" else "range"
    return form, start, count


def _renamed(value: Unknown, name: str) -> Unknown:
    return msgspec.structs.replace(value, name=value.name or name)


def assigned_names(node: cst.CSTNode) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a loop's body assigns, and those of them that it only counts (``+=``)."""
    assigned: set[str] = set()
    counted: set[str] = set()
    plain: set[str] = set()
    _collect(node, assigned, counted, plain)
    return frozenset(assigned | counted | plain), frozenset(counted - plain)


def _collect(node: Any, assigned: set[str], counted: set[str], plain: set[str]) -> None:
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        plain.add(node.name.value)
        return
    if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
        for small in node.body:
            if type(small) is cst.Assign:
                for target in small.targets:
                    plain.update(target_names(target.target))
            elif type(small) is cst.AnnAssign:
                plain.update(target_names(small.target))
            elif type(small) is cst.AugAssign:
                counted.update(target_names(small.target))
        return
    if type(node) is cst.For:
        plain.update(target_names(node.target))
    if type(node) is cst.With:
        for item in node.items:
            if item.asname is not None:
                plain.update(target_names(item.asname.name))
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if isinstance(inner, cst.BaseSuite):
            for statement in inner.body:
                _collect(statement, assigned, counted, plain)
        elif inner is not None and type(inner) is cst.CSTNode:
            _collect(inner, assigned, counted, plain)
    for handler in getattr(node, "handlers", ()):
        _collect(handler, assigned, counted, plain)
    for case in getattr(node, "cases", ()):
        _collect(case, assigned, counted, plain)


def captured_names(pattern: cst.CSTNode) -> Iterator[str]:
    """The names that a ``case`` pattern binds."""
    if isinstance(pattern, cst.MatchAs | cst.MatchStar) and pattern.name is not None:
        yield pattern.name.value
    for child in pattern.children:
        yield from captured_names(child)
