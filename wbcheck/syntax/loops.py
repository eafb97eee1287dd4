"""Loops: what a pass may change is unknown before it, and the body is walked once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.blocks import BlockKind, End, Loop
from wbcheck.model.values import Kind, ObjectKind, Ref, Unknown, Why
from wbcheck.syntax import assignment, drafts, runs, statements
from wbcheck.syntax.state import ListObject, join, join_states, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


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
    statements.evaluate_test(walker, node.test)
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
