"""What expressions are worth: abstract evaluation, assignment and iteration.

Every function takes the walker, whose state it reads and writes. Text keeps its constant pieces with
their places through ``+``, ``%``, ``format``, ``join`` and f-strings; what is not known
says why. Nothing is computed that the program does not certainly compute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.blocks import BlockKind, Loop
from wbcheck.model.events import EscapeKind
from wbcheck.model.values import (
    Flag,
    Hole,
    Items,
    Kind,
    Mapping,
    Nothing,
    Number,
    ObjectKind,
    OneOf,
    Origin,
    Part,
    Piece,
    Ref,
    Step,
    Text,
    Unknown,
    Why,
)
from wbcheck.syntax import meaning, vocabulary
from wbcheck.syntax.state import (
    DictObject,
    Frame,
    ListObject,
    Method,
    Scope,
    State,
    candidates,
    join,
    join_states,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def evaluate(walker: Walker, node: cst.BaseExpression) -> Any:
    """The value of an expression; a read that ends here is noted."""
    value = evaluate_link(walker, node)
    if isinstance(value, Part) and type(node) is not cst.Name:
        meaning.note_read(walker, node, value)
    return value


def evaluate_link(walker: Walker, node: cst.BaseExpression) -> Any:
    """The value of an expression that is a link of a longer chain (``run.config`` of ``run.config["lr"]``)."""
    handler = _EVALUATORS.get(type(node))
    if handler is None:
        return Unknown(walker.at(node), Why.OPERATION)
    return handler(walker, node)


def evaluate_quietly(walker: Walker, node: cst.BaseExpression) -> Any:
    """The value of a name or attribute, without noting anything."""
    if type(node) is cst.Name:
        return walker.lookup(node.value)
    if type(node) is cst.Attribute:
        base = single(evaluate_quietly(walker, node.value))
        if isinstance(base, Ref) and base.kind is ObjectKind.SYMBOL:
            return meaning.symbol(walker, f"{base.name}.{node.attr.value}")
        return Unknown(None, Why.ATTRIBUTE, walker.code(node))
    if type(node) is cst.Integer:
        return _integer(walker, node)
    if type(node) is cst.Call:
        return evaluate_quietly(walker, node.func)
    return Unknown(None, Why.OPERATION)


def evaluate_quietly_in(walker: Walker, scope: Scope, node: cst.BaseExpression) -> Any:
    """The same, as seen from another scope."""
    before, walker.scope = walker.scope, scope
    value = evaluate_quietly(walker, node)
    walker.scope = before
    return value


# What a call can do to a dict, a list or a parser that matters later.
_CHANGING = frozenset(
    "update append extend add setdefault pop insert remove clear popitem add_argument add_argument_group "
    "add_subparsers exit quit _exit exec".split()
)


def may_change(walker: Walker, node: cst.BaseExpression) -> bool:
    """Whether an expression statement that names nothing of W&B's may still matter: it changes a container,
    hands one on, is done to an object that is known, or leaves the program.
    """
    if type(node) is cst.Await:
        node = node.expression
    if type(node) is not cst.Call:
        return isinstance(node, cst.NamedExpr | cst.Yield)
    func = node.func
    name = func.attr.value if type(func) is cst.Attribute else getattr(func, "value", "")
    if name in _CHANGING or any(type(arg.value) is cst.Name for arg in node.args):
        return True
    root: Any = func
    while isinstance(root, cst.Attribute | cst.Subscript):
        root = root.value
    known = single(walker.lookup(root.value)) if type(root) is cst.Name else None
    return isinstance(known, Ref) and known.kind is not ObjectKind.SYMBOL


# --- atoms ------------------------------------------------------------------------------------


def _name(walker: Walker, node: cst.Name) -> Any:
    if node.value == "True" or node.value == "False":
        return Flag(walker.at(node), node.value == "True")
    if node.value == "None":
        return Nothing(walker.at(node))
    value = walker.lookup(node.value)
    if isinstance(value, Unknown) and not value.name:
        return Unknown(value.span, value.why, node.value, value.kind, value.default)
    if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL:
        return meaning.symbol(walker, value.name)
    return value


def _integer(walker: Walker, node: cst.Integer) -> Any:
    return (
        Number(walker.at(node), int(node.value.replace("_", ""), 0))
        if len(node.value) < 400
        else Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER)
    )


def _float(walker: Walker, node: cst.Float) -> Any:
    return Number(walker.at(node), float(node.value.replace("_", "")))


def _number(walker: Walker, node: Any) -> Any:
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER)


def _string(walker: Walker, node: cst.SimpleString) -> Any:
    value = _literal(node)
    if value is None:
        return Unknown(walker.at(node), Why.OPERATION, kind=Kind.OBJECT)
    return Text(walker.at(node), (Piece(value, walker.at(node, "content", 0, len(value))),))


def _literal(node: cst.SimpleString) -> str | None:
    """The string a literal is, ``None`` for bytes."""
    prefix = node.prefix
    if "b" in prefix:
        return None
    if "\\" not in node.value:
        quote = len(prefix) + len(node.quote)
        return node.value[quote : -len(node.quote)].replace("\r\n", "\n").replace("\r", "\n")
    value = node.evaluated_value
    return value if isinstance(value, str) else None


def _concatenated(walker: Walker, node: cst.ConcatenatedString) -> Any:
    left, right = evaluate(walker, node.left), evaluate(walker, node.right)
    if isinstance(left, Text) and isinstance(right, Text):
        return Text(walker.at(node), left.pieces + right.pieces)
    return Unknown(walker.at(node), Why.OPERATION)


def _formatted(walker: Walker, node: cst.FormattedString) -> Any:
    pieces: list[Piece | Hole] = []
    for part in node.parts:
        if type(part) is cst.FormattedStringText:
            text = part.value
            if "r" not in node.start.lower() and "\\" in text:
                text = _unescape(text)
            shown = text.replace("{{", "{").replace("}}", "}")
            # What differs from its source has no place of its own: it can be judged, not edited.
            pieces.append(Piece(shown, walker.at(part, "outer")))
        elif type(part) is cst.FormattedStringExpression:
            value = evaluate(walker, part.expression)
            spec = ""
            if part.format_spec:
                spec = "".join(p.value for p in part.format_spec if type(p) is cst.FormattedStringText)
            pieces.extend(_in_text(walker, value, part.expression, spec))
    return Text(walker.at(node), tuple(pieces))


def _in_text(walker: Walker, value: Any, node: cst.CSTNode, spec: str = "") -> list[Piece | Hole]:
    """What a value becomes inside a text."""
    known = single(value)
    if isinstance(known, Text) and not spec:
        return list(known.pieces)
    if isinstance(known, Number) and not spec:
        return [Piece(str(known.value), None)]
    if isinstance(known, Flag):
        return [Piece(str(known.value), None)]
    if "%" in spec and isinstance(known, Unknown):
        return _moment(spec, None, known)
    return [Hole(walker.frozen(value), walker.at(node), spec)]


def _unescape(text: str) -> str:
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


def _moment(spec: str, piece: Piece | None, value: Any) -> list[Piece | Hole]:
    """The pieces of a ``strftime`` format: its constant characters, and a hole for each directive."""
    found: list[Piece | Hole] = []
    for match in re.finditer(r"%[-#]?[A-Za-z]|%%|[^%]+|%", spec):
        text = match.group()
        if text.startswith("%") and text not in ("%%", "%"):
            found.append(Hole(Unknown(None, Why.CLOCK, text, Kind.TEXT), None, text))
        else:
            found.append(Piece(text[0] if text == "%%" else text, None if piece is None else piece.span))
    return found


# --- containers ---------------------------------------------------------------------------------


def _dict(walker: Walker, node: cst.Dict) -> Any:
    result = walker.dict_object(walker.at(node), Origin.LITERAL)
    for element in node.elements:
        if type(element) is cst.DictElement:
            key, value = evaluate(walker, element.key), evaluate(walker, element.value)
            result.writes.append((_as_key(key), value, walker.at(element), walker.frame))
        elif type(element) is cst.StarredDictElement:
            spread(walker, result, evaluate(walker, element.value))
    return result


def _as_key(value: Any) -> Any:
    known = single(value)
    return value if known is None else known


def spread(walker: Walker, target: DictObject, value: Any) -> None:
    """Write everything that ``value`` holds into a dict."""
    known = single(value)
    if isinstance(known, DictObject) and known is not target:
        for key, inner, span, frame in known.writes:
            # What the other dict got for certain by now, this one gets here.
            from_here = frame.certain_from(walker.frame)
            if from_here != "no":
                target.writes.append(
                    (key, inner, span, walker.frame if from_here == "yes" else _maybe(walker))
                )
        if known.open_in or known.removed:
            target.open_in.append(walker.frame)
    elif isinstance(known, ListObject) or known is None or not isinstance(known, Mapping):
        if not isinstance(known, Nothing):
            target.open_in.append(walker.frame)


def _maybe(walker: Walker) -> Frame:
    here = walker.frame
    return Frame(here.block, BlockKind.COMPREHENSION, here, here.depth + 1, -1, True)


def _list(walker: Walker, node: cst.List | cst.Tuple | cst.Set) -> Any:
    kind = {cst.List: "list", cst.Tuple: "tuple", cst.Set: "set"}[type(node)]
    mode = "outer" if type(node) is cst.Tuple else ""
    result = ListObject(walker.at(node, mode), kind, [], walker.frame)
    for element in node.elements:
        value = evaluate(walker, element.value)
        if type(element) is cst.StarredElement:
            known = single(value)
            if isinstance(known, ListObject):
                result.items.extend(known.items)
                result.open = result.open or known.open
            else:
                result.open = True
        else:
            result.items.append(value)
    return result


def _comprehension(walker: Walker, node: Any) -> Any:
    draft = walker._block(node, "body", BlockKind.COMPREHENSION)
    draft.loop = Loop("for", tuple(target_names(node.for_in.target)))
    outer_scope, outer_state, outer_frame = walker.scope, walker.state, walker.frame
    first = evaluate(walker, node.for_in.iter)
    walker.scope = Scope(BlockKind.COMPREHENSION, outer_scope)
    walker.state = State(walker.scope.names, outer_state.run, outer_state.lives)
    walker.frame = Frame(
        draft.id, BlockKind.COMPREHENSION, outer_frame, outer_frame.depth + 1, draft.group, True
    )
    clause, iterable = node.for_in, first
    while clause is not None:
        bind_loop_target(walker, clause.target, clause.iter, iterable)
        for condition in clause.ifs:
            evaluate(walker, condition.test)
        clause = clause.inner_for_in
        if clause is not None:
            iterable = evaluate(walker, clause.iter)
    result: Any
    if type(node) is cst.DictComp:
        result = walker.dict_object(walker.at(node), Origin.COMPREHENSION)
        key, value = evaluate(walker, node.key), evaluate(walker, node.value)
        result.writes.append((_as_key(key), value, walker.at(node.key), walker.frame))
    else:
        value = evaluate(walker, node.elt)
        if type(node) is cst.GeneratorExp:
            result = Unknown(walker.at(node), Why.OPERATION, kind=Kind.GENERATOR)
        else:
            kind = "set" if type(node) is cst.SetComp else "list"
            result = ListObject(walker.at(node), kind, [value], outer_frame, open=True)
    walker.scope, walker.state, walker.frame = outer_scope, outer_state, outer_frame
    return result


# --- operators ------------------------------------------------------------------------------------


def _binary(walker: Walker, node: cst.BinaryOperation) -> Any:
    left, right = evaluate(walker, node.left), evaluate(walker, node.right)
    return _operate(walker, node, node.operator, left, right)


def _operate(walker: Walker, node: cst.CSTNode, operator: Any, left: Any, right: Any) -> Any:
    one, two = single(left), single(right)
    if isinstance(operator, cst.Add | cst.AddAssign):
        if isinstance(one, Text) or isinstance(two, Text):
            pieces = [*_in_text(walker, left, node), *_in_text(walker, right, node)]
            return Text(walker.at(node), tuple(pieces))
        if isinstance(one, ListObject) and isinstance(two, ListObject):
            return ListObject(
                walker.at(node), one.kind, [*one.items, *two.items], walker.frame, one.open or two.open
            )
        if isinstance(one, ListObject) or isinstance(two, ListObject):
            known = one if isinstance(one, ListObject) else two
            return ListObject(walker.at(node), known.kind, list(known.items), walker.frame, True)
    if type(operator) is cst.Modulo and isinstance(one, Text):
        return _percent(walker, node, one, right)
    if type(operator) is cst.BitOr and isinstance(one, DictObject):
        merged = walker.dict_object(walker.at(node), Origin.COPY)
        spread(walker, merged, one)
        spread(walker, merged, right)
        return merged
    if type(operator) is cst.Divide and (_is_path(one) or isinstance(two, Text)):
        return Unknown(
            walker.at(node), getattr(one, "why", Why.OPERATION), getattr(one, "name", ""), Kind.OBJECT
        )
    if isinstance(one, Number) and isinstance(two, Number):
        return _arithmetic(walker, node, operator, one, two)
    kind = Kind.NUMBER if isinstance(one, Number) or isinstance(two, Number) else Kind.ANY
    if _kind(one) in (Kind.ARRAY, Kind.TENSOR):
        kind = _kind(one)
    why = _stronger(one, two)
    if why is Why.COUNTER:
        offset = _offset(operator, one, two)
        # It is told from other counters of its name by where it was bound.
        bound = next(v for v in (one, two) if isinstance(v, Unknown) and v.why is why)
        return Unknown(bound.span, why, _shared_name(one, two), kind, None, offset)
    return Unknown(walker.at(node), why, _shared_name(one, two), kind)


def _offset(operator: Any, one: Any, two: Any) -> int | None:
    """What has been added to a counter in all, if nothing else was done to it."""
    if type(operator) is cst.Add and isinstance(one, Number):
        one, two = two, one
    if not isinstance(two, Number) or not isinstance(two.value, int) or getattr(one, "offset", None) is None:
        return None
    if type(operator) is cst.Add:
        return int(one.offset + two.value)
    return int(one.offset - two.value) if type(operator) is cst.Subtract else None


def _arithmetic(walker: Walker, node: cst.CSTNode, operator: Any, one: Number, two: Number) -> Any:
    a, b = one.value, two.value
    try:
        if type(operator) is cst.Add:
            return Number(walker.at(node), a + b)
        if type(operator) is cst.Subtract:
            return Number(walker.at(node), a - b)
        if type(operator) is cst.Multiply and abs(a) < 1e12 and abs(b) < 1e12:
            return Number(walker.at(node), a * b)
        if type(operator) is cst.Divide and b:
            return Number(walker.at(node), a / b)
        if type(operator) is cst.FloorDivide and b:
            return Number(walker.at(node), a // b)
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


def _percent(walker: Walker, node: cst.CSTNode, template: Text, right: Any) -> Any:
    """``"a-%s" % x``."""
    known = single(right)
    values: list[Any] | None = None
    if isinstance(known, ListObject) and known.kind == "tuple" and not known.open:
        values = list(known.items)
    elif not isinstance(known, DictObject):
        values = [right]
    pieces: list[Piece | Hole] = []
    for piece in template.pieces:
        if isinstance(piece, Hole):
            pieces.append(piece)
            continue
        for match in re.finditer(
            r"%(?:\((\w+)\))?[#0\- +]*(?:\d+|\*)?(?:\.\d+)?[diouxXeEfFgGcrsa]|%%|[^%]+|%", piece.text
        ):
            text = match.group()
            if not text.startswith("%") or text == "%":
                pieces.append(_slice(walker, piece, match.start(), match.end(), text))
            elif text == "%%":
                pieces.append(Piece("%", piece.span))
            elif match.group(1) and isinstance(known, DictObject):
                inner = known.get(match.group(1), walker.frame)
                pieces.extend(_in_text(walker, inner or Unknown(None, Why.OPERATION), node, ""))
            elif values:
                spec = text[1:] if text not in ("%s", "%d") else ""
                pieces.extend(_in_text(walker, values.pop(0), node, spec))
            else:
                pieces.append(Hole(Unknown(None, Why.OPERATION), None))
    return Text(walker.at(node), tuple(pieces))


def _slice(walker: Walker, piece: Piece, start: int, end: int, text: str) -> Piece:
    """A part of a constant piece, with its own place where the piece has one."""
    span = piece.span
    if span is None or (start == 0 and end == len(piece.text)):
        return Piece(text, span)
    anchor, node, mode, first, _ = walker.pending[span.end] if span.start == -1 else (None, None, "", 0, 0)
    if mode != "content" or anchor is None or node is None:
        return Piece(text, span)
    return Piece(text, walker.at(node, "content", first + start, first + end))


def format_text(
    walker: Walker, node: cst.CSTNode, template: Text, positional: list[Any], named: dict[str, Any]
) -> Any:
    """``"a-{}".format(x)``."""
    pieces: list[Piece | Hole] = []
    counter = 0
    for piece in template.pieces:
        if isinstance(piece, Hole):
            pieces.append(piece)
            continue
        for match in re.finditer(
            r"\{\{|\}\}|\{([^{}!:.\[]*)([^{}!:]*)(?:!\w)?(?::([^{}]*))?\}|[^{}]+|[{}]", piece.text
        ):
            text = match.group()
            if text in ("{{", "}}"):
                pieces.append(Piece(text[0], piece.span))
            elif match.group(1) is None:
                pieces.append(_slice(walker, piece, match.start(), match.end(), text))
            else:
                field, spec = match.group(1), match.group(3) or ""
                value: Any = Unknown(None, Why.OPERATION)
                if not match.group(2):
                    if field == "":
                        value = positional[counter] if counter < len(positional) else value
                        counter += 1
                    elif field.isdigit():
                        value = positional[int(field)] if int(field) < len(positional) else value
                    else:
                        value = named.get(field, value)
                pieces.extend(_in_text(walker, value, node, spec))
    return Text(walker.at(node), tuple(pieces))


def join_text(walker: Walker, node: cst.CSTNode, separator: Text, value: Any) -> Any:
    """``"-".join([a, b])``."""
    known = single(value)
    if not isinstance(known, ListObject) or known.open:
        return Text(walker.at(node), (Hole(walker.frozen(value), walker.at(node)),))
    pieces: list[Piece | Hole] = []
    for number, item in enumerate(known.items):
        if number:
            pieces.extend(separator.pieces)
        pieces.extend(_in_text(walker, item, node))
    return Text(walker.at(node), tuple(pieces))


def _unary(walker: Walker, node: cst.UnaryOperation) -> Any:
    value = evaluate(walker, node.expression)
    if type(node.operator) is cst.Minus and isinstance(value, Number):
        return Number(walker.at(node), -value.value)
    if type(node.operator) is cst.Not:
        return Unknown(walker.at(node), Why.OPERATION, kind=Kind.FLAG)
    why = _stronger(value, None)
    offset = None if why is Why.COUNTER else 0
    return Unknown(walker.at(node), why, _shared_name(value, None), _kind(value), None, offset)


def _boolean(walker: Walker, node: cst.BooleanOperation) -> Any:
    left = evaluate(walker, node.left)
    saved = walker.state
    walker.use_state(saved.copy())
    walker.narrow(node.left, type(node.operator) is cst.And)
    right = evaluate(walker, node.right)
    walker.use_state(join_states([saved, walker.state]))
    if type(node.operator) is cst.Or:
        kept = [option for option in candidates(left)]
        if not kept:
            return right
        return join(kept[0] if len(kept) == 1 else OneOf(None, tuple(kept)), right)
    return join(right, Nothing(None)) if isinstance(single(right), Ref) else join(left, right)


def _comparison(walker: Walker, node: cst.Comparison) -> Any:
    evaluate(walker, node.left)
    for target in node.comparisons:
        evaluate(walker, target.comparator)
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.FLAG)


def _if_expression(walker: Walker, node: cst.IfExp) -> Any:
    evaluate(walker, node.test)
    saved = walker.state
    group = -1
    values: list[Any] = []
    states: list[State] = []
    for arm, expression, holds in (("then", node.body, True), ("else", node.orelse, False)):
        draft = walker._block(node, arm, BlockKind.BRANCH, None if group == -1 else group)
        group = draft.group
        draft.test, draft.negated = node.test, not holds
        walker.use_state(saved.copy())
        walker.narrow(node.test, holds)

        def body(expression: cst.BaseExpression = expression) -> None:
            values.append(evaluate(walker, expression))

        walker.inside(draft, True, body)
        states.append(walker.state)
    walker.use_state(join_states(states))
    return join(values[0], values[1])


def _lambda(walker: Walker, node: cst.Lambda) -> Any:
    draft = walker._block(node, "body", BlockKind.LAMBDA)
    outer_scope, outer_state = walker.scope, walker.state
    walker.scope = Scope(BlockKind.LAMBDA, outer_scope)
    walker.state = State(walker.scope.names, outer_state.run, dict(outer_state.lives))
    for param in (*node.params.params, *node.params.kwonly_params, *node.params.posonly_params):
        walker.scope.names[param.name.value] = Unknown(None, Why.PARAMETER, param.name.value)
    frame = walker.frame
    walker.frame = Frame(draft.id, BlockKind.LAMBDA, frame, frame.depth + 1, draft.group, True)
    evaluate(walker, node.body)
    walker.frame = frame
    walker.scope, walker.state = outer_scope, outer_state
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.CALLABLE)


def _walrus(walker: Walker, node: cst.NamedExpr) -> Any:
    names = tuple(target_names(node.target))
    before, walker.bound = walker.bound, names
    value = evaluate(walker, node.value)
    walker.bound = before
    assign(walker, node.target, value, node)
    return value


def _await(walker: Walker, node: cst.Await) -> Any:
    return evaluate(walker, node.expression)


def _yield(walker: Walker, node: cst.Yield) -> Any:
    value: Any = Nothing(None)
    if isinstance(node.value, cst.From):
        value = evaluate(walker, node.value.item)
    elif node.value is not None:
        value = evaluate(walker, node.value)
    walker.escape(node, value, EscapeKind.YIELD)
    walker.yield_value(value)
    return Unknown(walker.at(node), Why.CALL)


# --- chains ---------------------------------------------------------------------------------------


def _attribute(walker: Walker, node: cst.Attribute) -> Any:
    base = evaluate_link(walker, node.value)
    return each(base, lambda option: meaning.attribute(walker, node, option, node.attr.value))


def each(value: Any, look: Callable[[Any], Any]) -> Any:
    """Look into every option that a value may be, and join what is found."""
    if type(value) is not OneOf and type(value) is not Nothing:
        return look(value)
    found: Any = None
    for option in candidates(value):
        inner = look(option)
        found = inner if found is None else join(found, inner)
    return Unknown(None, Why.ATTRIBUTE) if found is None else found


def _subscript(walker: Walker, node: cst.Subscript) -> Any:
    base = evaluate_link(walker, node.value)
    key = _index(walker, node)
    return each(base, lambda option: meaning.item(walker, node, option, key))


def _index(walker: Walker, node: cst.Subscript) -> Any:
    if len(node.slice) == 1 and type(node.slice[0].slice) is cst.Index:
        return evaluate(walker, node.slice[0].slice.value)
    for element in node.slice:
        if type(element.slice) is cst.Index:
            evaluate(walker, element.slice.value)
    return Unknown(walker.at(node), Why.OPERATION, "[:]")


def step_of(walker: Walker, node: cst.Attribute | cst.Subscript, key: Any) -> Step:
    """The step that an attribute or subscript takes into its value."""
    if type(node) is cst.Attribute:
        text = Text(None, (Piece(node.attr.value, None),))
        return Step(text, True, walker.at(node, "step"))
    return Step(walker.frozen(key), False, walker.at(node, "step"))


# --- assignment -----------------------------------------------------------------------------------


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
        meaning.named(walker, target.value, value)
        walker.bind(target.value, value)
    elif type(target) is cst.Attribute:
        base = evaluate_link(walker, target.value)
        for option in candidates(base):
            meaning.set_attribute(walker, target, option, target.attr.value, value, node)
    elif type(target) is cst.Subscript:
        base = evaluate_link(walker, target.value)
        key = _index(walker, target)
        for option in candidates(base):
            meaning.set_item(walker, target, option, key, value, node)
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
    right = evaluate(walker, node.value)
    target = node.target
    if type(target) is cst.Name:
        old = walker.lookup(target.value)
        known = single(old)
        if type(node.operator) is cst.BitOrAssign and isinstance(known, DictObject):
            spread(walker, known, right)
            return
        if type(node.operator) is cst.AddAssign and isinstance(known, ListObject):
            _extend(walker, known, right)
            return
        if type(node.operator) is cst.AddAssign and isinstance(known, Text):
            walker.bind(target.value, _operate(walker, node, node.operator, old, right))
            return
        value = Unknown(None, Why.COUNTER, target.value, Kind.NUMBER)
        walker.bind(
            target.value, value if isinstance(known, Number | Unknown) else Unknown(None, Why.OPERATION)
        )
        return
    operator = walker.code(node.operator)
    if type(target) is cst.Attribute:
        base = evaluate_link(walker, target.value)
        for option in candidates(base):
            meaning.set_attribute(walker, target, option, target.attr.value, right, node, operator)
    elif type(target) is cst.Subscript:
        base = evaluate_link(walker, target.value)
        key = _index(walker, target)
        for option in candidates(base):
            meaning.set_item(walker, target, option, key, right, node, operator)


def _extend(walker: Walker, target: ListObject, value: Any) -> None:
    known = single(value)
    if isinstance(known, ListObject):
        target.items.extend(known.items)
        target.open = target.open or known.open or not _straight(walker, target)
    else:
        target.open = True


def _straight(walker: Walker, target: ListObject) -> bool:
    """Whether this point certainly runs, once, after the list was made."""
    return walker.frame.certain_from(target.frame) == "yes"


def append(walker: Walker, target: ListObject, value: Any) -> None:
    """``list.append``: in a loop or branch the list may hold more, or less, than is listed."""
    if len(target.items) < 200:
        target.items.append(value)
    if not _straight(walker, target):
        target.open = True


def delete(walker: Walker, target: cst.BaseExpression) -> None:
    """``del``."""
    if type(target) is cst.Tuple:
        for element in target.elements:
            delete(walker, element.value)
    elif type(target) is cst.Subscript:
        base = evaluate_link(walker, target.value)
        key = _index(walker, target)
        for option in candidates(base):
            meaning.delete_item(walker, target, option, key)
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


# What shows a bar and gives the same things one by one.
_BARS = frozenset({"tqdm", "trange", "track", "progress_bar", "tqdm_notebook"})


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
    values = [single(evaluate_quietly(walker, arg.value)) for arg in node.args if not arg.star]
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
    return Unknown(value.span, value.why, value.name or name, value.kind, value.default)


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


_EVALUATORS: dict[type, Callable[[Any, Any], Any]] = {
    cst.Name: _name,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.Imaginary: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.Dict: _dict,
    cst.List: _list,
    cst.Tuple: _list,
    cst.Set: _list,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.DictComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _if_expression,
    cst.Lambda: _lambda,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.Attribute: _attribute,
    cst.Subscript: _subscript,
    cst.Call: meaning.call,
}
_ = (Items, Method, vocabulary)
