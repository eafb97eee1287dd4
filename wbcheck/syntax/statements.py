"""Statements: what each kind does to the state, and in which order its parts run."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind, End, Guard, Loop
from wbcheck.model.events import EscapeKind
from wbcheck.model.values import Kind, Nothing, ObjectKind, Ref, Tri, Unknown, Why
from wbcheck.syntax import (
    assignment,
    drafts,
    expressions,
    functions,
    hints,
    meaning,
    narrowing,
    runs,
    symbols,
    vocabulary,
)
from wbcheck.syntax.state import Life, ListObject, Scope, State, join, join_states, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def if_statement(walker: Walker, node: cst.If) -> None:
    group = walker._block(node, "then", BlockKind.BRANCH).group
    _if_arm(walker, node, group, [])


def _test(walker: Walker, test: cst.BaseExpression) -> None:
    """Evaluate a condition, if anything in it matters: its value never does."""
    if walker.relevance is None or walker.relevance.is_hot(test):
        walker.evaluate(test)


def _if_arm(walker: Walker, node: cst.If, group: int, ends: list[State]) -> None:
    _test(walker, node.test)
    draft = walker._block(node, "then", BlockKind.BRANCH, group)
    draft.test, draft.guard = node.test, guard_of(walker, node.test)
    base = walker.state
    certain = draft.guard is Guard.MAIN
    walker.use_state(base.copy())
    narrowing.narrow(walker, node.test, True)
    if walker.state.dead is End.FALLS:
        walker.inside(draft, not certain, lambda: walker._suite(node.body))
    ends.append(walker.state)
    if certain:
        walker.use_state(join_states(ends))
        return
    walker.use_state(base.copy())
    narrowing.narrow(walker, node.test, False)
    reached = walker.state.dead is End.FALLS
    if reached and type(node.orelse) is cst.If:
        # The test of an elif is only evaluated where the first was false.
        nested = node.orelse
        outer = walker._block(node, "else", BlockKind.BRANCH, group)
        outer.test, outer.negated, outer.guard = node.test, True, draft.guard
        walker.inside(outer, True, lambda: _nested_if(walker, nested))
    elif reached and isinstance(node.orelse, cst.Else):
        other = node.orelse
        outer = walker._block(node, "else", BlockKind.BRANCH, group)
        outer.test, outer.negated, outer.guard = node.test, True, draft.guard
        walker.inside(outer, True, lambda: walker._suite(other.body))
    ends.append(walker.state)
    walker.use_state(join_states(ends))


def _nested_if(walker: Walker, node: cst.If) -> None:
    if_statement(walker, node)


def guard_of(walker: Walker, test: cst.BaseExpression) -> Guard:
    """What a condition asks for."""
    text = walker.positions.text(test) or walker.code(test)
    if text.startswith("__name__"):
        return Guard.MAIN
    if "TYPE_CHECKING" in text:
        return Guard.TYPE_CHECKING
    lowered = text.lower()
    if any(
        word in lowered
        for word in ("rank", "is_main_process", "is_master", "master_process", "is_local_main")
    ):
        return Guard.RANK
    if " is None" in text or " is not None" in text:
        return Guard.NONE
    return Guard.OTHER


def for_loop(walker: Walker, node: cst.For) -> None:
    iterable = walker.evaluate(node.iter)
    draft = walker._block(node, "body", BlockKind.LOOP)
    draft.loop = _loop_of(walker, node, iterable)

    def body() -> None:
        before, walker.anchor = walker.anchor, node.target
        assignment.bind_loop_target(walker, node.target, node.iter, iterable)
        walker.anchor = before
        walker._suite(node.body)

    _loop(walker, node, draft, body, node.orelse, endless=False)


def while_loop(walker: Walker, node: cst.While) -> None:
    _test(walker, node.test)
    draft = walker._block(node, "body", BlockKind.LOOP)
    draft.test = node.test
    draft.loop = Loop("while", ())
    endless = type(node.test) is cst.Name and node.test.value == "True"
    endless = endless or (type(node.test) is cst.Integer and node.test.value == "1")
    _loop(walker, node, draft, lambda: walker._suite(node.body), node.orelse, endless)


def _loop_of(walker: Walker, node: cst.For, iterable: Any) -> Loop:
    targets = tuple(assignment.target_names(node.target))
    before, walker.anchor = walker.anchor, node.iter
    form, start, count = assignment.counting(walker, node.iter)
    walker.anchor = before
    counter = targets[0] if form and targets else ""
    known = single(iterable)
    if isinstance(known, ListObject) and not known.open:
        count = len(known.items)
    limit = " ".join(walker.module.code_for_node(node.iter).split()) if counter else ""
    return Loop(form or "for", targets, counter, count, walker.frozen(iterable), start, limit)


def _loop(
    walker: Walker,
    node: Any,
    draft: drafts.BlockDraft,
    body: Callable[[], None],
    orelse: cst.Else | None,
    endless: bool,
) -> None:
    exits = drafts.LoopExits()
    walker._loops.append(exits)
    base = walker.state
    walker.use_state(base.copy())
    _widen(walker, node)
    walker.inside(draft, not endless, body)
    walker._loops.pop()
    ends = [walker.state, *exits.continues]
    after = join_states(ends)
    runs.note_restarts(walker, exits.started, after, draft.id)
    if walker._loops:
        walker._loops[-1].take(exits)
    if not endless:
        after.dead = after.dead if after.dead is End.FALLS else End.BREAKS
        outcomes = [after, base.copy()] if after.dead is End.FALLS else [base.copy()]
        walker.use_state(join_states(outcomes))
        if orelse is not None:
            other = orelse
            walker.inside(
                walker._block(node, "else", BlockKind.LOOP_ELSE), True, lambda: walker._suite(other.body)
            )
        outcomes = [walker.state]
    else:
        after.dead = End.RETURNS
        outcomes = [after]
    for state in exits.breaks:
        state.dead = End.FALLS
    walker.use_state(join_states([*outcomes, *exits.breaks]))


def _widen(walker: Walker, node: cst.CSTNode) -> None:
    """Before a loop's one walk: what its body assigns may already have been assigned by an earlier pass."""
    assigned, counted = _assignments(walker, node)
    for name in assigned:
        old = walker.state.names.get(name)
        if old is None:
            continue
        if name in counted:
            walker.state.names[name] = Unknown(None, Why.COUNTER, name, Kind.NUMBER)
        elif not isinstance(old, Ref):
            walker.state.names[name] = join(old, Unknown(None, Why.BRANCH, name))
        elif old.kind is ObjectKind.TABLE:
            walker.state.names[name] = join(old, Ref(None, ObjectKind.TABLE))


def _assignments(walker: Walker, node: cst.CSTNode) -> tuple[frozenset[str], frozenset[str]]:
    known = walker._assigned.get(id(node))
    if known is None:
        known = walker._assigned[id(node)] = assignment.assigned_names(node)
    return known


def with_statement(walker: Walker, node: cst.With) -> None:
    managed: list[tuple[cst.CSTNode, int | Ref]] = []
    draft = walker._block(node, "body", BlockKind.WITH)
    for item in node.items:
        names: tuple[str, ...] = ()
        if item.asname is not None:
            names = tuple(assignment.target_names(item.asname.name))
        walker.bound = names
        value = walker.evaluate(item.item)
        walker.bound = ()
        run = runs.run_started_by(walker, item.item, value)
        manager = single(value)
        if run is not None:
            managed.append((item.item, run))
            if not walker.muted:
                walker.runs[run].with_block = draft.id
        target = runs.entered(value)
        if isinstance(manager, Ref) and manager.kind is ObjectKind.INSTANCE:
            managed.append((item.item, manager))
            enter = _own_method(walker, manager, "__enter__")
            if enter is not None and walker.can_enter(enter):
                target = walker.call_function(enter, {functions.first_parameter(enter): manager})
        if item.asname is not None:
            before, walker.anchor = walker.anchor, item.asname.name
            assignment.assign(walker, item.asname.name, target, item.asname.name)
            walker.anchor = before
    leaving = _ways_out(walker)
    walker.inside(draft, False, lambda: walker._suite(node.body))
    inside = walker.state.copy()
    for anchor, manager in reversed(managed):
        before, walker.anchor = walker.anchor, anchor
        if isinstance(manager, Ref):
            _leave_instance(walker, manager)
        else:
            runs.leave_run(walker, anchor, manager)
        walker.anchor = before
    _also_on_the_way_out(walker, leaving, inside)


def _own_method(walker: Walker, instance: Ref, name: str) -> drafts.FunctionDraft | None:
    """A method of an object of the file's own class."""
    if instance.id is None:
        return None
    method = single(walker.classes[instance.id].names.get(name))
    if not isinstance(method, Ref) or method.kind is not ObjectKind.FUNCTION or method.id is None:
        return None
    return walker.functions[method.id]


def _leave_instance(walker: Walker, instance: Ref) -> None:
    """The ``__exit__`` of an object of the file's own class may end a run, as may what ``closing`` calls."""
    function = _own_method(walker, instance, "__exit__") or _own_method(walker, instance, "close")
    if function is None:
        return
    if walker.can_enter(function):
        walker.call_function(function, {functions.first_parameter(function): instance})
        return
    walker.state.ended = None
    for key in walker.state.lives:
        walker.state.lives[key] = Life(Tri.UNKNOWN)


def _ways_out(walker: Walker) -> tuple[int, int, int]:
    """How many states have left the current function or loop so far."""
    exits = walker._loops[-1] if walker._loops else drafts.LoopExits()
    return len(walker._activations[-1].returns), len(exits.breaks), len(exits.continues)


def _also_on_the_way_out(walker: Walker, since: tuple[int, int, int], before: State) -> None:
    """What a ``with`` or a ``finally`` does at its end is done for those, too, that have left it early.

    ``since`` is from ``_ways_out`` before the body, ``before`` the state after the body.
    """
    exits = walker._loops[-1] if walker._loops else drafts.LoopExits()
    ways = [state for _, state in walker._activations[-1].returns[since[0] :]]
    ways += [*exits.breaks[since[1] :], *exits.continues[since[2] :]]
    done = {key: life for key, life in walker.state.lives.items() if before.lives.get(key) is not life}
    for way in ways:
        way.lives.update(done)
        if walker.state.run is not before.run:
            way.run, way.ended = walker.state.run, walker.state.ended


def try_statement(walker: Walker, node: cst.Try | cst.TryStar) -> None:
    base = walker.state.copy()
    leaving = _ways_out(walker)
    body = walker._block(node, "body", BlockKind.TRY)
    walker.inside(body, False, lambda: walker._suite(node.body))
    after = walker.state
    entry = after.copy()
    entry.dead = End.FALLS
    entry = join_states([base.copy(), entry])
    ends: list[State] = []
    if node.orelse is not None and after.dead is End.FALLS:
        other = node.orelse
        walker.inside(
            walker._block(node, "else", BlockKind.TRY_ELSE, body.group),
            True,
            lambda: walker._suite(other.body),
        )
        after = walker.state
    ends.append(after)
    for handler in node.handlers:
        walker.use_state(entry.copy())
        if handler.type is not None:
            walker.evaluate(handler.type)
        if handler.name is not None and type(handler.name.name) is cst.Name:
            walker.bind(handler.name.name.value, Unknown(None, Why.CALL, handler.name.name.value))
        clause = walker._block(handler, "except", BlockKind.EXCEPT, body.group)
        clause.test = handler.type
        walker.inside(clause, True, partial(walker._suite, handler.body))
        ends.append(walker.state)
    left = [state for state in ends if state.dead is not End.FALLS]
    joined = join_states(ends)
    walker.use_state(joined)
    if node.finalbody is None:
        return
    final = node.finalbody
    dead = joined.dead
    # The finally also runs on the way out: with what held there, and what could not be done before.
    merged = [state.copy() for state in (joined, *left, entry)]
    for state in merged:
        state.dead = End.FALLS
    if dead is End.FALLS and not left:
        merged = [joined]
    walker.use_state(join_states(merged))
    before = walker.state.copy()
    walker.inside(
        walker._block(node, "finally", BlockKind.FINALLY, body.group),
        False,
        lambda: walker._suite(final.body),
    )
    _also_on_the_way_out(walker, leaving, before)
    if dead is not End.FALLS and walker.state.dead is End.FALLS:
        walker.state.dead = dead


def match_statement(walker: Walker, node: cst.Match) -> None:
    walker.evaluate(node.subject)
    base = walker.state
    ends = [base.copy()]
    group: int | None = None
    for case in node.cases:
        walker.use_state(base.copy())
        for name in assignment.captured_names(case.pattern):
            walker.bind(name, Unknown(None, Why.BRANCH, name))
        draft = walker._block(case, "case", BlockKind.BRANCH, group)
        group = draft.group
        if case.guard is not None:
            walker.evaluate(case.guard)
        walker.inside(draft, True, partial(walker._suite, case.body))
        ends.append(walker.state)
    walker.use_state(join_states(ends))


def function_definition(walker: Walker, node: cst.FunctionDef) -> None:
    decorators = tuple(_dotted(walker, walker.evaluate(d.decorator), d.decorator) for d in node.decorators)
    defaults = {
        param.name.value: walker.evaluate(param.default)
        for param in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
        if param.default is not None
    }
    known = walker._function_ids.get(id(node))
    if known is None:
        known = walker._function_ids[id(node)] = len(walker.functions)
        class_id = (
            walker._class_stack[-1] if walker._class_stack and walker.scope.kind is BlockKind.CLASS else None
        )
        prefix = f"{walker.classes[class_id].name}." if class_id is not None else ""
        draft = drafts.FunctionDraft(
            known,
            node,
            prefix + node.name.value,
            -1,
            decorators,
            class_id,
            walker.scope,
            walker.frame,
            defaults,
        )
        walker.functions.append(draft)
        draft.block = walker._block(node, "body", BlockKind.FUNCTION, owner=known).id
    draft = walker.functions[known]
    draft.closure, draft.frame, draft.defaults = walker.scope, walker.frame, defaults
    if any(name not in _PLAIN_DECORATORS and name not in vocabulary.ENTRY_DECORATORS for name in decorators):
        draft.escapes = True
    walker.bind(node.name.value, Ref(None, ObjectKind.FUNCTION, known, node.name.value))


def _dotted(walker: Walker, value: Any, node: cst.BaseExpression) -> str:
    if type(node) is cst.Call:
        if type(node.func) is cst.Attribute and node.func.attr.value == "command":
            group = single(expressions.evaluate_quietly(walker, node.func.value))
            if _is_command_group(walker, group):
                return "click.command"
        return _dotted(walker, expressions.evaluate_quietly(walker, node.func), node.func)
    known = single(value)
    return known.name if isinstance(known, Ref) and known.kind is ObjectKind.SYMBOL else walker.code(node)


def _is_command_group(walker: Walker, value: Any) -> bool:
    """Whether it is what commands of a command line are added to: ``@cli.command()``."""
    if isinstance(value, Ref) and value.kind is ObjectKind.FUNCTION and value.id is not None:
        return "click.group" in walker.functions[value.id].decorators
    return isinstance(value, Unknown) and value.name in ("typer.Typer", "click.Group")


def class_definition(walker: Walker, node: cst.ClassDef) -> None:
    bases = tuple(
        _dotted(walker, expressions.evaluate_quietly(walker, base.value), base.value)
        for base in node.bases
        if not base.star
    )
    decorators = tuple(
        _dotted(walker, expressions.evaluate_quietly(walker, d.decorator), d.decorator)
        for d in node.decorators
    )
    for base in node.bases:
        if type(base.value) is cst.Attribute:
            before, walker.anchor = walker.anchor, base.value
            meaning.note_symbol(walker, base.value, expressions.evaluate_quietly(walker, base.value))
            walker.anchor = before
    block = walker._block(node, "body", BlockKind.CLASS)
    known = walker._class_ids.get(id(node))
    if known is None:
        known = walker._class_ids[id(node)] = len(walker.classes)
        changing = _changing(walker.unit.code, walker.positions.body(node))
        walker.classes.append(
            drafts.ClassDraft(known, node.name.value, block.id, bases, decorators, {}, changing=changing)
        )
        walker.classes[known].derives = symbols.derived(bases)
    draft = walker.classes[known]
    block.owner = known
    outer, names = walker.scope, walker.state
    walker.scope = Scope(BlockKind.CLASS, outer)
    walker.state = State(walker.scope.names, names.run, names.lives)
    walker._class_stack.append(known)
    walker.inside(block, False, lambda: walker._suite(node.body))
    walker._class_stack.pop()
    for base in node.bases:
        parent = single(expressions.evaluate_quietly_in(walker, outer, base.value))
        if isinstance(parent, Ref) and parent.kind is ObjectKind.CLASS and parent.id is not None:
            if parent.id not in draft.parents and parent.id != known:
                draft.parents.append(parent.id)
            for name, value in walker.classes[parent.id].names.items():
                draft.names.setdefault(name, value)
            draft.fields.update(walker.classes[parent.id].fields)
            draft.derives = draft.derives or walker.classes[parent.id].derives
    draft.names.update(walker.scope.names)
    for statement in node.body.body:
        if type(statement) is cst.SimpleStatementLine:
            for small in statement.body:
                if type(small) is cst.AnnAssign and type(small.target) is cst.Name:
                    name = small.target.value
                    draft.fields[name] = walker.scope.names.get(name)
    walker.scope, walker.state = outer, names
    walker.bind(node.name.value, Ref(None, ObjectKind.CLASS, known, node.name.value))


def line(walker: Walker, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> None:
    for small in node.body:
        if walker.state.dead is not End.FALLS:
            return
        walker.anchor = small
        walker.hot = walker.relevance is None or walker.relevance.is_hot(small)
        handler = SMALL.get(type(small))
        if handler is not None:
            handler(walker, small)


def expression(walker: Walker, node: cst.Expr) -> None:
    if not walker.hot and walker.state.ended is None and not expressions.may_change(walker, node.value):
        return
    value = expressions.evaluate(walker, node.value)
    if isinstance(value, Unknown) and value.name in _EXITS and type(node.value) is cst.Call:
        walker.state.dead = End.RAISES


def assignment_statement(walker: Walker, node: cst.Assign) -> None:
    names: list[str] = []
    for target in node.targets:
        names.extend(assignment.target_names(target.target))
    walker.bound = tuple(names)
    value = expressions.evaluate(walker, node.value)
    walker.bound = ()
    if type(node.value) is cst.BinaryOperation and len(names) == 1:
        assignment.note_reassignment(walker, node.value, names[0])
    for target in node.targets:
        assignment.assign(walker, target.target, value, node)


def annotated_assignment(walker: Walker, node: cst.AnnAssign) -> None:
    known = hints.annotated(walker, node.annotation)
    if node.value is None:
        if known is not None and type(node.target) is cst.Name:
            walker.bind(node.target.value, known)
        return
    walker.bound = tuple(assignment.target_names(node.target))
    value = expressions.evaluate(walker, node.value)
    walker.bound = ()
    if known is not None and isinstance(value, Unknown):
        value = known
    assignment.assign(walker, node.target, value, node)


def augmented_assignment(walker: Walker, node: cst.AugAssign) -> None:
    assignment.augment(walker, node)


def deletion(walker: Walker, node: cst.Del) -> None:
    assignment.delete(walker, node.target)


def return_statement(walker: Walker, node: cst.Return) -> None:
    value: Any = Nothing(None)
    if node.value is not None:
        value = expressions.evaluate(walker, node.value)
        walker.escape(node.value, value, EscapeKind.RETURN)
    walker._activations[-1].returns.append((value, walker.state.copy()))
    walker.state.dead = End.RETURNS


def raise_statement(walker: Walker, node: cst.Raise) -> None:
    if node.exc is not None:
        expressions.evaluate(walker, node.exc)
    walker.state.dead = End.RAISES


def break_statement(walker: Walker, node: cst.Break) -> None:
    if walker._loops:
        walker._loops[-1].breaks.append(walker.state.copy())
    walker.state.dead = End.BREAKS


def continue_statement(walker: Walker, node: cst.Continue) -> None:
    if walker._loops:
        walker._loops[-1].continues.append(walker.state.copy())
        walker._loops[-1].continues[-1].dead = End.FALLS
    walker.state.dead = End.CONTINUES


def assertion(walker: Walker, node: cst.Assert) -> None:
    if walker.hot:
        expressions.evaluate(walker, node.test)


def global_statement(walker: Walker, node: cst.Global | cst.Nonlocal) -> None:
    walker.scope.outer_names.update(item.name.value for item in node.names)


# That it begins with a plain word makes it ten times as fast.
_SELF_WRITE = re.compile(
    r"self\.(?<!\wself\.)(\w++)\s*+(?:(?:[-+*%|&^]|//?|\*\*|<<|>>)=|(?::[^=\n]+)?=(?!=))"
)


def _changing(code: str, span: Span) -> frozenset[str]:
    """The attributes of ``self`` that a class's code writes more than once, or counts."""
    seen: set[str] = set()
    changing: set[str] = set()
    for match in _SELF_WRITE.finditer(code, span.start, span.end):
        name = match.group(1)
        if name in seen or match.group()[-2] not in " \t" + name[-1]:
            changing.add(name)
        seen.add(name)
    return frozenset(changing)


_PLAIN_DECORATORS = frozenset(
    "property staticmethod classmethod builtins.property builtins.staticmethod builtins.classmethod "
    "contextlib.contextmanager functools.wraps functools.cache functools.lru_cache torch.no_grad "
    "torch.inference_mode dataclasses.dataclass".split()
)


_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})


STATEMENTS: dict[type, Callable[[Any, Any], None]] = {}
SMALL: dict[type, Callable[[Any, Any], None]] = {}
