"""What operators make of values: arithmetic, texts put together, dicts united."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.values import Kind, Number, Origin, Ref, Text, Unknown, Why, known_number
from wbcheck.syntax import calls, containers, expressions, texts
from wbcheck.syntax.state import DictObject, ListObject, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def of_binary(walker: Walker, node: cst.BinaryOperation) -> Any:
    left, right = expressions.evaluate(walker, node.left), expressions.evaluate(walker, node.right)
    if type(node.operator) is cst.BitOr:
        for side, value in ((node.left, left), (node.right, right)):
            if calls.may_be_config(value):
                calls.note_whole_config(walker, side, value, "operand", "|")
    return operate(walker, node, node.operator, left, right)


def operate(walker: Walker, node: cst.CSTNode, operator: Any, left: Any, right: Any) -> Any:
    one, two = single(left), single(right)
    if isinstance(operator, cst.Add | cst.AddAssign):
        if isinstance(one, Text) or isinstance(two, Text):
            pieces = [*texts.in_text(walker, left, node), *texts.in_text(walker, right, node)]
            return Text(walker.at(node), tuple(pieces))
        if isinstance(one, ListObject) and isinstance(two, ListObject):
            return ListObject(
                walker.at(node), one.kind, [*one.items, *two.items], walker.frame, one.open or two.open
            )
        if isinstance(one, ListObject) or isinstance(two, ListObject):
            known = one if isinstance(one, ListObject) else two
            return ListObject(walker.at(node), known.kind, list(known.items), walker.frame, True)
    if type(operator) is cst.Modulo and isinstance(one, Text):
        return texts.percent(walker, node, one, right)
    if type(operator) is cst.Multiply and (repeated := _repeated(walker, node, one, two)) is not None:
        return repeated
    if type(operator) is cst.BitOr and isinstance(one, DictObject):
        merged = walker.dict_object(walker.at(node), Origin.COPY)
        containers.spread(walker, merged, one)
        containers.spread(walker, merged, right)
        return merged
    if type(operator) is cst.Divide and (_is_path(one) or isinstance(two, Text)):
        return Unknown(
            walker.at(node), getattr(one, "why", Why.OPERATION), getattr(one, "name", ""), Kind.OBJECT
        )
    if isinstance(one, Number) and isinstance(two, Number):
        return _arithmetic(walker, node, operator, one, two)
    kind = Kind.NUMBER if isinstance(one, Number) or isinstance(two, Number) else Kind.ANY
    size = None
    for value in (one, two):
        if isinstance(value, Unknown) and value.kind in (Kind.ARRAY, Kind.TENSOR):
            kind, size = value.kind, value.size
            break
    why = _stronger(one, two)
    fraction = _is_fraction(operator, one, two, kind)
    if why is Why.COUNTER:
        offset = _offset(operator, one, two)
        # It is told from other counters of its name by where it was bound.
        bound = next(v for v in (one, two) if isinstance(v, Unknown) and v.why is why)
        return Unknown(bound.span, why, _shared_name(one, two), kind, None, offset, fraction)
    return Unknown(walker.at(node), why, _shared_name(one, two), kind, fraction=fraction, size=size)


def _repeated(walker: Walker, node: cst.CSTNode, one: Any, two: Any) -> Any:
    """A list or a text, some times over: of a list it is known what is in it, and not how often."""
    for value in (one, two):
        if isinstance(value, ListObject):
            return ListObject(walker.at(node), value.kind, list(value.items), walker.frame, True)
        if isinstance(value, Text):
            return Unknown(walker.at(node), Why.OPERATION, kind=Kind.TEXT)
    return None


def _is_fraction(operator: Any, one: Any, two: Any, kind: Kind) -> bool:
    """Whether an operation, one side of which is a number, certainly gives no integer."""
    if kind in (Kind.ARRAY, Kind.TENSOR) or not (_is_number(one) or _is_number(two)):
        return False
    if type(operator) is cst.Divide:
        return True
    if type(operator) not in (cst.Add, cst.Subtract, cst.Multiply):
        return False
    return any(
        value.fraction if isinstance(value, Unknown) else isinstance(getattr(value, "value", None), float)
        for value in (one, two)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) or _kind(value) is Kind.NUMBER


def _offset(operator: Any, one: Any, two: Any) -> int | None:
    """What has been added to a counter in all, if nothing else was done to it."""
    if type(operator) is cst.Add and isinstance(one, Number):
        one, two = two, one
    if not isinstance(two, Number) or not isinstance(two.value, int) or getattr(one, "offset", None) is None:
        return None
    if type(operator) not in (cst.Add, cst.Subtract):
        return None
    offset = int(one.offset + two.value if type(operator) is cst.Add else one.offset - two.value)
    return offset if -(2**63) <= offset < 2**63 else None


def _arithmetic(walker: Walker, node: cst.CSTNode, operator: Any, one: Number, two: Number) -> Any:
    a, b = one.value, two.value
    try:
        if type(operator) is cst.Add:
            return known_number(walker.at(node), a + b)
        if type(operator) is cst.Subtract:
            return known_number(walker.at(node), a - b)
        if type(operator) is cst.Multiply and abs(a) < 1e12 and abs(b) < 1e12:
            return known_number(walker.at(node), a * b)
        if type(operator) is cst.Divide and b:
            return known_number(walker.at(node), a / b)
        if type(operator) is cst.FloorDivide and b:
            return known_number(walker.at(node), a // b)
    except (OverflowError, ValueError):
        pass
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER)


def _stronger(one: Any, two: Any) -> Why:
    """Why the result of an operation varies: for the more telling reason of the two."""
    for value in (one, two):
        if isinstance(value, Unknown) and value.why in _TELLING:
            return value.why
    return Why.OPERATION


_TELLING = (
    Why.CLOCK,
    Why.RANDOM,
    Why.COUNTER,
    Why.ARGUMENT,
    Why.ENVIRONMENT,
    Why.DOWNLOAD,
    Why.CONFIG,
    Why.RUN_ID,
    Why.PARAMETER,
)


def _shared_name(one: Any, two: Any) -> str:
    return next((v.name for v in (one, two) if isinstance(v, Unknown) and v.name), "")


def _kind(value: Any) -> Kind:
    return value.kind if isinstance(value, Unknown) else Kind.ANY


def _is_path(value: Any) -> bool:
    return isinstance(value, Unknown) and (value.why is Why.DOWNLOAD or value.name.startswith("pathlib."))


def of_unary(walker: Walker, node: cst.UnaryOperation) -> Any:
    value = expressions.evaluate(walker, node.expression)
    if type(node.operator) is cst.Minus:
        if isinstance(value, Number):
            return known_number(walker.at(node), -value.value)
        if isinstance(value, Ref | Unknown) and value.name in texts.INFINITE:
            return Unknown(walker.at(node), Why.CALL, "math.inf", Kind.NUMBER)
    if type(node.operator) is cst.Not:
        return Unknown(walker.at(node), Why.OPERATION, kind=Kind.FLAG)
    why = _stronger(value, None)
    offset = None if why is Why.COUNTER else 0
    return Unknown(walker.at(node), why, _shared_name(value, None), _kind(value), None, offset)
