"""What expressions are worth: abstract evaluation, assignment and iteration.

Every function takes the walker, whose state it reads and writes. Text keeps its constant pieces with
their places through ``+``, ``%``, ``format``, ``join`` and f-strings; what is not known
says why. Nothing is computed that the program does not certainly compute.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst
import msgspec

from wbcheck.model.blocks import BlockKind, End, Loop
from wbcheck.model.events import EscapeKind
from wbcheck.model.values import (
    Flag,
    Hole,
    Kind,
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
    known_number,
)
from wbcheck.syntax import assignment, calls, containers, links, meaning, narrowing, statements, texts
from wbcheck.syntax.state import (
    DictObject,
    Frame,
    ListObject,
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
    if type(node) is cst.Attribute and type(value) is Ref:
        meaning.note_symbol(walker, node, value)
    elif isinstance(value, Part | OneOf) and isinstance(node, cst.Attribute | cst.Subscript):
        # What a name, an attribute or a function gives that has been read elsewhere is not read here.
        parts = candidates(value)
        if all(isinstance(part, Part) and part.span is walker.at(node) for part in parts):
            for part in parts:
                meaning.note_read(walker, node, part)
    return value


def evaluate_link(walker: Walker, node: cst.BaseExpression) -> Any:
    """The value of an expression that is a link of a longer chain: ``run.config`` of ``run.config["lr"]``."""
    handler = EVALUATORS.get(type(node))
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
        if isinstance(base, Ref) and base.kind is ObjectKind.INSTANCE and base.id is not None:
            held = walker.classes[base.id].attributes.get(node.attr.value)
            if isinstance(single(held), Ref):
                return held
        return Unknown(None, Why.ATTRIBUTE, walker.code(node))
    if type(node) is cst.Integer:
        return of_integer(walker, node)
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
    if type(func) is cst.Subscript and isinstance(known, DictObject | ListObject):
        return True
    return isinstance(known, Ref) and known.kind is not ObjectKind.SYMBOL


def of_name(walker: Walker, node: cst.Name) -> Any:
    if node.value == "True" or node.value == "False":
        return Flag(walker.at(node), node.value == "True")
    if node.value == "None":
        return Nothing(walker.at(node))
    value = walker.lookup(node.value)
    if isinstance(value, Unknown) and not value.name:
        return msgspec.structs.replace(value, name=node.value)
    if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL:
        known = meaning.symbol(walker, value.name)
        return links.here(walker, node, known) if walker.linked else known
    return value


def of_integer(walker: Walker, node: cst.Integer) -> Any:
    if len(node.value) >= 400:
        return Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER)
    return known_number(walker.at(node), int(node.value.replace("_", ""), 0))


def of_float(walker: Walker, node: cst.Float) -> Any:
    return Number(walker.at(node), float(node.value.replace("_", "")))


def of_number(walker: Walker, node: Any) -> Any:
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER)


def of_string(walker: Walker, node: cst.SimpleString) -> Any:
    value = _literal(node)
    if value is None:
        return Unknown(walker.at(node), Why.OPERATION, kind=Kind.OBJECT)
    return Text(walker.at(node), (Piece(value, walker.at(node, "content", 0, len(value))),))


def _literal(node: cst.SimpleString) -> str | None:
    """The string a literal is, ``None`` for bytes and for escapes that Python refuses."""
    prefix = node.prefix
    if "b" in prefix:
        return None
    if "\\" not in node.value:
        quote = len(prefix) + len(node.quote)
        return node.value[quote : -len(node.quote)].replace("\r\n", "\n").replace("\r", "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = node.evaluated_value
        except (SyntaxError, ValueError):
            return None
    return value if isinstance(value, str) else None


def of_concatenated(walker: Walker, node: cst.ConcatenatedString) -> Any:
    left, right = evaluate(walker, node.left), evaluate(walker, node.right)
    if isinstance(left, Text) and isinstance(right, Text):
        return Text(walker.at(node), left.pieces + right.pieces)
    return Unknown(walker.at(node), Why.OPERATION)


def of_formatted(walker: Walker, node: cst.FormattedString) -> Any:
    pieces: list[Piece | Hole] = []
    for part in node.parts:
        if type(part) is cst.FormattedStringText:
            text = part.value
            if "r" not in node.start.lower() and "\\" in text:
                text = texts.unescape(text)
            shown = text.replace("{{", "{").replace("}}", "}")
            # What differs from its source has no place of its own: it can be judged, not edited.
            pieces.append(Piece(shown, walker.at(part, "outer")))
        elif type(part) is cst.FormattedStringExpression:
            value = evaluate(walker, part.expression)
            if calls.may_be_config(value):
                calls.note_whole_config(walker, part.expression, value, "shown")
            spec = ""
            if part.format_spec:
                spec = "".join(p.value for p in part.format_spec if type(p) is cst.FormattedStringText)
            pieces.extend(texts.in_text(walker, value, part.expression, spec))
    return Text(walker.at(node), tuple(pieces))


def of_dict(walker: Walker, node: cst.Dict) -> Any:
    result = walker.dict_object(walker.at(node), Origin.LITERAL)
    for element in node.elements:
        if type(element) is cst.DictElement:
            key, value = evaluate(walker, element.key), evaluate(walker, element.value)
            result.writes.append((containers.as_key(key), value, walker.at(element), walker.frame))
        elif type(element) is cst.StarredDictElement:
            spread = evaluate(walker, element.value)
            if type(spread) is Ref and spread.kind is ObjectKind.METADATA:
                walker.escape(element, spread, EscapeKind.STORE)
            elif calls.may_be_config(spread):
                calls.note_whole_config(walker, element.value, spread, "copy")
            containers.spread(walker, result, spread)
    return result


def of_list(walker: Walker, node: cst.List | cst.Tuple | cst.Set) -> Any:
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
            if calls.may_be_config(value):
                calls.note_whole_config(walker, element.value, value, "element")
            result.items.append(value)
    return result


def of_comprehension(walker: Walker, node: Any) -> Any:
    draft = walker._block(node, "body", BlockKind.COMPREHENSION)
    draft.loop = Loop("for", tuple(assignment.target_names(node.for_in.target)))
    outer_scope, outer_state, outer_frame = walker.scope, walker.state, walker.frame
    first = evaluate(walker, node.for_in.iter)
    walker.scope = Scope(BlockKind.COMPREHENSION, outer_scope)
    walker.state = State(walker.scope.names, outer_state.run, outer_state.lives)
    walker.frame = Frame(
        draft.id, BlockKind.COMPREHENSION, outer_frame, outer_frame.depth + 1, draft.group, True
    )
    clause, iterable, count = node.for_in, first, None
    while clause is not None:
        assignment.bind_loop_target(walker, clause.target, clause.iter, iterable)
        if clause is node.for_in and not clause.ifs and clause.inner_for_in is None:
            count = assignment.tell_count(walker, clause)
        for condition in clause.ifs:
            evaluate(walker, condition.test)
            narrowing.narrow(walker, condition.test, True)
        clause = clause.inner_for_in
        if clause is not None:
            iterable = evaluate(walker, clause.iter)
    never = walker.state.dead is not End.FALLS
    result: Any
    if type(node) is cst.DictComp:
        result = walker.dict_object(walker.at(node), Origin.COMPREHENSION)
        result.home = outer_frame
        key, value = evaluate(walker, node.key), evaluate(walker, node.value)
        if not never:
            result.writes.append((containers.as_key(key), value, walker.at(node.key), walker.frame))
    else:
        value = evaluate(walker, node.elt)
        if type(node) is cst.GeneratorExp:
            result = Unknown(walker.at(node), Why.OPERATION, kind=Kind.GENERATOR)
        else:
            kind = "set" if type(node) is cst.SetComp else "list"
            counted = count if kind == "list" else None
            items = [] if never else [value]
            result = ListObject(walker.at(node), kind, items, outer_frame, open=True, count=counted)
    walker.scope, walker.state, walker.frame = outer_scope, outer_state, outer_frame
    return result


def of_boolean(walker: Walker, node: cst.BooleanOperation) -> Any:
    left = evaluate(walker, node.left)
    saved = walker.state
    walker.use_state(saved.copy())
    narrowing.narrow(walker, node.left, type(node.operator) is cst.And)
    right = _evaluated_if(walker, node) if type(node.right) is cst.Call else evaluate(walker, node.right)
    walker.use_state(join_states([saved, walker.state]))
    if type(node.operator) is cst.Or:
        kept = candidates(left)
        if not kept:
            return right
        return join(kept[0] if len(kept) == 1 else OneOf(None, kept), right)
    return join(right, Nothing(None)) if isinstance(single(right), Ref) else join(left, right)


def _evaluated_if(walker: Walker, node: cst.BooleanOperation) -> Any:
    """The right side of ``wanted and call()``, which is called as in an ``if``."""
    draft = walker._block(node, "right", BlockKind.BRANCH)
    draft.test, draft.negated = node.left, type(node.operator) is cst.Or
    draft.guard = statements.guard_of(walker, node.left)
    found: list[Any] = []
    walker.inside(draft, True, lambda: found.append(evaluate(walker, node.right)))
    return found[0]


def of_comparison(walker: Walker, node: cst.Comparison) -> Any:
    evaluate(walker, node.left)
    for target in node.comparisons:
        evaluate(walker, target.comparator)
    return Unknown(walker.at(node), Why.OPERATION, kind=Kind.FLAG)


def of_if_expression(walker: Walker, node: cst.IfExp) -> Any:
    evaluate(walker, node.test)
    saved = walker.state
    group = -1
    values: list[Any] = []
    states: list[State] = []
    for arm, expression, holds in (("then", node.body, True), ("else", node.orelse, False)):
        draft = walker._block(node, arm, BlockKind.BRANCH, None if group == -1 else group)
        group = draft.group
        draft.test, draft.negated, draft.guard = node.test, not holds, statements.guard_of(walker, node.test)
        walker.use_state(saved.copy())
        narrowing.narrow(walker, node.test, holds)

        def body(expression: cst.BaseExpression = expression) -> None:
            values.append(evaluate(walker, expression))

        if walker.state.dead is End.FALLS:
            walker.inside(draft, True, body)
        states.append(walker.state)
    walker.use_state(join_states(states))
    return values[0] if len(values) == 1 else join(values[0], values[1])


def of_lambda(walker: Walker, node: cst.Lambda) -> Any:
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


def of_walrus(walker: Walker, node: cst.NamedExpr) -> Any:
    names = tuple(assignment.target_names(node.target))
    before, walker.bound = walker.bound, names
    value = evaluate(walker, node.value)
    walker.bound = before
    assignment.assign(walker, node.target, value, node)
    return value


def of_await(walker: Walker, node: cst.Await) -> Any:
    return evaluate(walker, node.expression)


def of_yield(walker: Walker, node: cst.Yield) -> Any:
    value: Any = Nothing(None)
    if isinstance(node.value, cst.From):
        value = evaluate(walker, node.value.item)
    elif node.value is not None:
        value = evaluate(walker, node.value)
    walker.escape(node, value, EscapeKind.YIELD)
    walker.yield_value(value)
    return Unknown(walker.at(node), Why.CALL)


def of_attribute(walker: Walker, node: cst.Attribute) -> Any:
    base = evaluate_link(walker, node.value)
    if type(base) is Ref and base.kind in meaning.OWNERS:
        meaning.note_attribute(walker, node, meaning.owner_of(base), node.attr.value)
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


def of_subscript(walker: Walker, node: cst.Subscript) -> Any:
    base = evaluate_link(walker, node.value)
    key = index(walker, node)
    return each(base, lambda option: meaning.item(walker, node, option, key))


def index(walker: Walker, node: cst.Subscript) -> Any:
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


EVALUATORS: dict[type, Callable[[Any, Any], Any]] = {}
