"""What a condition says of the names in it, where it has held or has not: ``is None``, ``isinstance``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.blocks import End
from wbcheck.model.values import Flag, Kind, Mapping, Nothing, Number, OneOf, Ref, Text, Tri, Unknown
from wbcheck.syntax import expressions
from wbcheck.syntax.state import DictObject, ListObject, candidates, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def narrow(walker: Walker, test: cst.BaseExpression, holds: bool) -> None:
    """Use what a test says of a name or of ``wandb.run``: that it is, or is not, ``None`` or of a type.

    Where the test cannot have this outcome, what follows it is never reached: the state is dead.
    """
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        narrow(walker, test.expression, not holds)
        return
    if type(test) is cst.BooleanOperation:
        if (type(test.operator) is cst.And) is holds:
            narrow(walker, test.left, holds)
            narrow(walker, test.right, holds)
        return
    if type(test) is cst.Call:
        if type(test.func) is cst.Name and test.func.value == "isinstance" and len(test.args) == 2:
            _narrow_type(walker, test.args[0].value, test.args[1].value, holds)
        return
    target, exists = test, holds
    if type(test) is cst.Comparison and len(test.comparisons) == 1:
        comparison = test.comparisons[0]
        if not (type(comparison.comparator) is cst.Name and comparison.comparator.value == "None"):
            return
        if isinstance(comparison.operator, cst.Is | cst.Equal):
            exists = not holds
        elif not isinstance(comparison.operator, cst.IsNot | cst.NotEqual):
            return
        target = test.left
    if type(target) is cst.Name:
        value = walker.scope.names.get(target.value)
        if isinstance(value, OneOf):
            kept = [o for o in value.options if isinstance(o, Nothing) is not exists]
            if kept:
                walker.state.names[target.value] = kept[0] if len(kept) == 1 else OneOf(None, tuple(kept))
    elif type(target) is cst.Attribute and target.attr.value == "run":
        module = single(expressions.evaluate_quietly(walker, target.value))
        if isinstance(module, Ref) and module.name == "wandb":
            if not exists:
                walker.state.run = Nothing(None)
            elif isinstance(walker.state.run, OneOf):
                kept = list(candidates(walker.state.run))
                walker.state.run = kept[0] if len(kept) == 1 else OneOf(None, tuple(kept))
            else:
                # Whoever asks for it thinks that there may be one.
                walker.state.ended = None


def _narrow_type(walker: Walker, target: cst.BaseExpression, types: cst.BaseExpression, holds: bool) -> None:
    """``isinstance(target, types)``: of what a name may be, keep that of which it can be so."""
    value = walker.scope.names.get(target.value) if type(target) is cst.Name else None
    if value is None or type(target) is not cst.Name:
        return
    names = [walker.code(each).rpartition(".")[2] for each in _alternatives(types)]
    excluded = Tri.NO if holds else Tri.YES
    found = value.options if isinstance(value, OneOf) else (value,)
    kept = [option for option in found if is_of_type(option, names) is not excluded]
    if not kept:
        walker.state.dead = End.RAISES
    elif len(kept) < len(found):
        walker.state.names[target.value] = kept[0] if len(kept) == 1 else OneOf(None, tuple(kept))


def _alternatives(types: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The types that a second argument of ``isinstance`` names: one, a tuple, or joined by ``|``."""
    if type(types) is cst.Tuple:
        for element in types.elements:
            yield from _alternatives(element.value)
    elif type(types) is cst.BinaryOperation and type(types.operator) is cst.BitOr:
        yield from _alternatives(types.left)
        yield from _alternatives(types.right)
    else:
        yield types


_DICTS = frozenset(("dict", "Mapping", "MutableMapping"))
_LISTS = frozenset(("list", "tuple", "set"))
_NUMBERS = frozenset(("int", "float", "bool", "complex", "Number", "Real"))
_PLAIN = _DICTS | _LISTS | _NUMBERS | {"str", "bytes"}
# What is certainly not of these types is told from what is known of a value that is not known itself.
_NEVER = {
    Kind.NUMBER: _DICTS,
    Kind.ARRAY: _PLAIN,
    Kind.TENSOR: _PLAIN,
    Kind.MEDIA: _PLAIN,
    Kind.PLOT: _PLAIN - _LISTS,
    Kind.MAPPING: _PLAIN - _DICTS,
    Kind.TEXT: _PLAIN - {"str"},
}


def is_of_type(value: Any, names: list[str]) -> Tri:
    """Whether a value is of one of the types of these names, as far as they are types of Python's own."""
    own, never = _types(value)
    if any(name in own for name in names):
        return Tri.YES
    return Tri.NO if all(name in never for name in names) else Tri.UNKNOWN


def _types(value: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Types that a value is certainly of, and those that it is certainly not of."""
    own: frozenset[str] | None = None
    if isinstance(value, DictObject | Mapping):
        own = _DICTS
    elif isinstance(value, ListObject) and value.kind in _LISTS:
        own = frozenset((value.kind,))
    elif isinstance(value, Text):
        own = frozenset(("str",))
    elif isinstance(value, Nothing):
        own = frozenset()
    elif isinstance(value, Flag):
        own = frozenset(("bool", "int", "Number", "Real"))
    elif isinstance(value, Number):
        own = frozenset((type(value.value).__name__, "Number", "Real"))
    if own is not None:
        return own, _PLAIN - own
    kind = value.kind if isinstance(value, Unknown) else Kind.ANY
    return frozenset(), _NEVER.get(kind, frozenset())
