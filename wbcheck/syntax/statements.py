"""Statements: what each kind does to the state, and in which order its parts run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.blocks import BlockKind, End, Guard
from wbcheck.model.events import EscapeKind
from wbcheck.model.values import Nothing, ObjectKind, Ref, Tri, Unknown, Why
from wbcheck.syntax import assignment, drafts, expressions, functions, hints, narrowing, runs
from wbcheck.syntax.state import Life, State, join_states, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def if_statement(walker: Walker, node: cst.If) -> None:
    group = walker._block(node, "then", BlockKind.BRANCH).group
    _if_arm(walker, node, group, [])


def evaluate_test(walker: Walker, test: cst.BaseExpression) -> None:
    """Evaluate a condition, if anything in it matters: its value never does."""
    if walker.relevance is None or walker.relevance.is_hot(test):
        walker.evaluate(test)


def _if_arm(walker: Walker, node: cst.If, group: int, ends: list[State]) -> None:
    evaluate_test(walker, node.test)
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


_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})


STATEMENTS: dict[type, Callable[[Any, Any], None]] = {}
SMALL: dict[type, Callable[[Any, Any], None]] = {}
