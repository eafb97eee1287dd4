"""One walk over a file's tree, in the order in which it runs.

The walker interprets statements with abstract values: it enters branches on copies of the state,
loops once with what they change made unknown, and local functions at each call (a few levels
deep), so that an event knows which run it belongs to. What it meets of W&B becomes an event; one source
place gives one event, however often it is walked, with what differed between the walks joined.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind, Condition, End, Guard, Loop
from wbcheck.model.events import Arguments, Escape, EscapeKind, Event
from wbcheck.model.model import Import
from wbcheck.model.values import (
    AnyValue,
    Flag,
    Kind,
    Nothing,
    Number,
    ObjectKind,
    OneOf,
    Ref,
    Tri,
    Unknown,
    Why,
)
from wbcheck.source.unit import Unit
from wbcheck.syntax import expressions, meaning, vocabulary
from wbcheck.syntax.positions import Positions
from wbcheck.syntax.relevance import Relevance
from wbcheck.syntax.state import (
    DictObject,
    Frame,
    Life,
    ListObject,
    Method,
    Scope,
    State,
    candidates,
    frozen,
    join,
    join_states,
    single,
)

# How deep and how often the calls of local functions are walked: those that may touch W&B, and the others, of
# which only the result may matter.
MAX_DEPTH = 5
MAX_CALLS = 8
MAX_COLD_CALLS = 1
BUILTINS = frozenset(dir(builtins))


@dataclass(slots=True, eq=False)
class BlockDraft:
    """A block while it is being found; see ``model.blocks.Block``."""

    id: int
    kind: BlockKind
    parent: int | None
    node: cst.CSTNode | None
    group: int
    function: int | None
    owner: int | None
    test: cst.BaseExpression | None = None
    negated: bool = False
    guard: Guard = Guard.OTHER
    loop: Loop | None = None
    end: End = End.FALLS
    cell: int = 0


@dataclass(slots=True, eq=False)
class FunctionDraft:
    """A function while it is being found; ``closure`` is the scope it was last defined in."""

    id: int
    node: cst.FunctionDef
    qualname: str
    block: int
    decorators: tuple[str, ...]
    class_id: int | None
    closure: Scope
    frame: Frame
    defaults: dict[str, Any]
    callers: list[int] = field(default_factory=list)
    calls: int = 0
    escapes: bool = False
    is_generator: bool = False


@dataclass(slots=True, eq=False)
class ClassDraft:
    """A class while it is being found.

    ``attributes`` are those of its instances, joined over all writes; ``changing`` those that are written in
    several places, so that what one method has seen says nothing of the next.
    """

    id: int
    name: str
    block: int
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    names: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class RunDraft:
    """A run while it is being found."""

    id: int
    start: int
    with_block: int | None = None
    names: list[str] = field(default_factory=list)
    finishes: list[int] = field(default_factory=list)
    config: Any = None


@dataclass(slots=True, eq=False)
class ParserDraft:
    """An ``argparse`` parser: its arguments' names with their defaults; ``open`` when more may be added."""

    id: int
    defaults: dict[str, Any] = field(default_factory=dict)
    open: bool = False


@dataclass(slots=True)
class _LoopExits:
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    started: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Activation:
    """One function call being walked: what it has returned and yielded so far."""

    function: int | None
    returns: list[tuple[Any, State]] = field(default_factory=list)
    yields: list[Any] = field(default_factory=list)


class Walker:
    """Walks one module. Its drafts are made into a model by ``syntax.build``."""

    def __init__(self, unit: Unit, module: cst.Module, positions: Positions, houses: dict[str, str]) -> None:
        self.unit = unit
        self.module = module
        self.positions = positions
        self.houses = houses
        self.relevance = Relevance(positions, unit.code, houses) if positions.aligned else None
        self.events: list[Event] = []
        self.pending: list[tuple[cst.CSTNode, cst.CSTNode, str, int, int]] = []
        self.blocks: list[BlockDraft] = []
        self.functions: list[FunctionDraft] = []
        self.classes: list[ClassDraft] = []
        self.runs: list[RunDraft] = []
        self.parsers: list[ParserDraft] = []
        self.artifacts: list[tuple[int, bool]] = []
        self.tables: list[int] = []
        self.imports: list[Import] = []
        self.anchor: cst.CSTNode = module
        self.bound: tuple[str, ...] = ()
        self.muted = False
        self._spans: dict[tuple[int, str, int, int], Span] = {}
        self._by_place: dict[tuple[int, str], int] = {}
        self._block_ids: dict[tuple[int, str], int] = {}
        self._function_ids: dict[int, int] = {}
        self._class_ids: dict[int, int] = {}
        self._object_ids: dict[tuple[int, str], int] = {}
        self._imported: set[int] = set()
        self._dicts = 0
        self._loops: list[_LoopExits] = []
        self._activations: list[_Activation] = [_Activation(None)]
        self._stack: list[int] = []
        self._class_stack: list[int] = []
        self._assigned: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        # Statements walked so far, and how many may be before calls are no longer walked anew.
        self._walked = 0
        self._budget = 200 + 2 * positions.count
        self.hot = True
        draft = self._block(module, "module", BlockKind.MODULE)
        self.frame = Frame(draft.id, BlockKind.MODULE, None, 0, draft.group, False)
        self.scope = Scope(BlockKind.MODULE, None)
        self.state = State(self.scope.names, Nothing(None))

    # --- the walk -----------------------------------------------------------------------------

    def walk(self) -> None:
        """Walk the module, then every function and method that nothing in it has called."""
        self._module_body()
        done: set[int] = set()
        while len(done) < len(self.functions):
            for function in list(self.functions):
                if function.id in done:
                    continue
                done.add(function.id)
                if function.calls == 0 and self._counts(function):
                    self._walk_uncalled(function)

    def _module_body(self) -> None:
        cells = self.unit.cells
        if not cells:
            self.statements(self.module.body)
            return
        # A notebook's cells are one flow; each statement belongs to the cell it starts in.
        current, frame = 0, self.frame
        for statement in self.module.body:
            at = self._start_of(statement)
            while current < len(cells) - 1 and at >= cells[current + 1].span.start:
                current += 1
            self.frame = frame
            draft = self._block(cells[current], f"cell{cells[current].number}", BlockKind.CELL)
            draft.cell = cells[current].number
            self.frame = Frame(draft.id, BlockKind.CELL, frame, frame.depth + 1, draft.group, False)
            if self.state.dead is not End.FALLS:
                self.state.dead = End.FALLS
            self.statement(statement)
        self.frame = frame

    def _start_of(self, statement: cst.CSTNode) -> int:
        first = statement
        if type(statement) is cst.SimpleStatementLine:
            first = statement.body[0]
            return self.positions.span(first, first).start
        return self.positions.body(statement).start

    def _walk_uncalled(self, function: FunctionDraft) -> None:
        if function.class_id is not None and function.calls == 0:
            self._walk_class(function.class_id)
            if function.calls:
                return
        self._enter_alone(function)

    def _walk_class(self, class_id: int) -> None:
        """Walk a class's uncalled methods; first, unheard, those that give it attributes which others use."""
        waiting = [f for f in self.functions if f.class_id == class_id and f.calls == 0]
        methods = [f for f in waiting if self._counts(f) or f.node.name.value in _MAKERS]
        methods.sort(key=lambda method: method.node.name.value not in _MAKERS)
        before = self.muted
        teachers = [m for m in methods[1:] if self.relevance is None or self.relevance.teaches(m.node)]
        if teachers:
            self.muted = True
            for method in (methods[0], *teachers):
                self._enter_alone(method)
            self.muted = before
            for method in methods:
                method.calls = 0
        for method in methods:
            if method.calls == 0:
                self._enter_alone(method)

    def _enter_alone(self, function: FunctionDraft) -> None:
        function.calls += 1
        self.state = State({}, Unknown(None, Why.PARAMETER, "wandb.run"))
        self._body_of(function, self._unknown_parameters(function), alone=True)

    def statements(self, body: Sequence[cst.CSTNode]) -> None:
        """Walk statements until control leaves."""
        for statement in body:
            if self.state.dead is not End.FALLS:
                return
            self.statement(statement)

    def statement(self, node: cst.CSTNode) -> None:
        """Walk one statement."""
        self._walked += 1
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            handler(self, node)

    def evaluate(self, anchor: cst.BaseExpression) -> Any:
        """The value of an expression that is its own anchor (part of a header)."""
        before, hot = self.anchor, self.hot
        self.anchor, self.hot = anchor, self.relevance is None or self.relevance.is_hot(anchor)
        value = expressions.evaluate(self, anchor)
        self.anchor, self.hot = before, hot
        return value

    # --- spans, events, blocks ----------------------------------------------------------------

    def at(self, node: cst.CSTNode, mode: str = "", start: int = 0, end: int = 0) -> Span:
        """A span to be filled in at the end, if something that is kept holds it.

        ``mode`` is ``""`` (the node), ``outer`` (with its parentheses), ``content`` (characters ``start`` to ``end`` between
        a string's quotes), ``statement`` (all of the statement), ``step`` (what follows the value of an attribute or subscript), ``close``
        (just before a call's last parenthesis).
        """
        key = (id(node), mode, start, end)
        known = self._spans.get(key)
        if known is None:
            self.pending.append((self.anchor, node, mode, start, end))
            known = self._spans[key] = Span(-1, len(self.pending) - 1)
        return known

    def emit(self, node: cst.CSTNode, word: str, make: Callable[[int, int, Span], Event]) -> int:
        """Note an event at a node and give its id; a second walk joins what differs.

        ``make`` gets the event's id, block and span.
        """
        if self.muted:
            return -1
        key = (id(node), word)
        known = self._by_place.get(key)
        if known is None:
            number = len(self.events)
            self._by_place[key] = number
            self.events.append(make(number, self.frame.block, self.at(node)))
            return number
        old = self.events[known]
        new = make(known, old.block, old.span)
        self.events[known] = _joined(old, new)
        return known

    def new_object(self, node: cst.CSTNode, word: str, make: Callable[[], int]) -> int:
        """The id of the object made at a node: the same on every walk."""
        key = (id(node), word)
        known = self._object_ids.get(key)
        if known is None:
            known = self._object_ids[key] = make()
        return known

    def dict_object(self, span: Span | None, origin: Any) -> DictObject:
        """A new dict."""
        self._dicts += 1
        return DictObject(self._dicts, span, origin)

    def frozen(self, value: Any) -> AnyValue:
        """A value as plain data, as it is now."""
        return frozen(value, self.frame)

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node, white space folded. Names and chains of them, the usual case, are not rendered."""
        short = dotted(node)
        return short or " ".join(self.module.code_for_node(node).split())

    def escape(self, node: cst.CSTNode, value: Any, how: EscapeKind, to: str = "") -> None:
        """Note that an object is handed on, and that a dict or list may be changed by who gets it."""
        for option in candidates(value):
            if isinstance(option, Ref) and option.kind in _ESCAPING:
                self.emit(
                    node,
                    f"escape-{option.kind}-{option.id}",
                    lambda i, b, s, o=option: Escape(i, b, s, o, how, to),  # type: ignore[misc]
                )
            elif isinstance(option, Ref) and option.kind is ObjectKind.FUNCTION and option.id is not None:
                self.functions[option.id].escapes = True
            elif isinstance(option, DictObject):
                if how is EscapeKind.CALL:
                    option.open_in.append(self.frame)
                for _, inner, _, _ in list(option.writes):
                    if isinstance(inner, Ref):
                        self.escape(node, inner, how, to)
            elif isinstance(option, ListObject):
                if how is EscapeKind.CALL:
                    option.open = True
                for inner in option.items:
                    if isinstance(inner, Ref):
                        self.escape(node, inner, how, to)
            elif isinstance(option, Method):
                self.escape(node, option.receiver, how, to)

    def _block(
        self, node: Any, arm: str, kind: BlockKind, group: int | None = None, owner: int | None = None
    ) -> BlockDraft:
        key = (id(node), arm)
        known = self._block_ids.get(key)
        if known is not None:
            return self.blocks[known]
        number = len(self.blocks)
        parent = None if kind is BlockKind.MODULE else self.frame.block
        function = owner if kind is BlockKind.FUNCTION else None
        if function is None and parent is not None:
            function = self.blocks[parent].function
        draft = BlockDraft(number, kind, parent, node, number if group is None else group, function, owner)
        draft.cell = 0 if parent is None else self.blocks[parent].cell
        self._block_ids[key] = number
        self.blocks.append(draft)
        return draft

    def inside(self, draft: BlockDraft, conditional: bool, body: Callable[[], None]) -> None:
        """Walk something inside a block."""
        outer = self.frame
        self.frame = Frame(draft.id, draft.kind, outer, outer.depth + 1, draft.group, conditional)
        body()
        self.frame.left = self.state.dead
        draft.end = self.state.dead
        self.frame = outer

    def _suite(self, suite: cst.BaseSuite) -> None:
        self.statements(suite.body)

    def use_state(self, state: State) -> None:
        """Go on with another state of the same scope."""
        self.state = state
        self.scope.names = state.names

    # --- names --------------------------------------------------------------------------------

    def lookup(self, name: str) -> Any:
        """What a name is: the innermost scope that has it, else a builtin, else unknown."""
        scope: Scope | None = self.scope
        first = True
        while scope is not None:
            if (first or scope.kind is not BlockKind.CLASS) and name in scope.names:
                return scope.names[name]
            scope = scope.parent
            first = False
        if name in BUILTINS:
            return Ref(None, ObjectKind.SYMBOL, None, f"builtins.{name}")
        return Unknown(None, Why.UNDEFINED, name)

    def bind(self, name: str, value: Any) -> None:
        """Assign a name."""
        owner = self.scope.owner_of(name)
        if owner is self.scope:
            self.state.names[name] = value
            return
        old = owner.names.get(name)
        owner.names[name] = value if old is None or isinstance(old, Nothing) else join(old, value)

    # --- compound statements ------------------------------------------------------------------

    def if_(self, node: cst.If) -> None:
        group = self._block(node, "then", BlockKind.BRANCH).group
        self._if_arm(node, group, [])

    def _test(self, test: cst.BaseExpression) -> None:
        """Evaluate a condition, if anything in it matters: its value never does."""
        if self.relevance is None or self.relevance.is_hot(test):
            self.evaluate(test)

    def _if_arm(self, node: cst.If, group: int, ends: list[State]) -> None:
        self._test(node.test)
        draft = self._block(node, "then", BlockKind.BRANCH, group)
        draft.test, draft.guard = node.test, self._guard(node.test)
        base = self.state
        certain = draft.guard is Guard.MAIN
        self.use_state(base.copy())
        self.narrow(node.test, True)
        self.inside(draft, not certain, lambda: self._suite(node.body))
        ends.append(self.state)
        if certain:
            self.use_state(join_states(ends))
            return
        self.use_state(base.copy())
        self.narrow(node.test, False)
        if type(node.orelse) is cst.If:
            # The test of an elif is only evaluated where the first was false.
            nested = node.orelse
            outer = self._block(node, "else", BlockKind.BRANCH, group)
            outer.test, outer.negated, outer.guard = node.test, True, draft.guard
            self.inside(outer, True, lambda: self._nested_if(nested))
        elif node.orelse is not None:
            other = node.orelse
            outer = self._block(node, "else", BlockKind.BRANCH, group)
            outer.test, outer.negated, outer.guard = node.test, True, draft.guard
            self.inside(outer, True, lambda: self._suite(other.body))
        ends.append(self.state)
        self.use_state(join_states(ends))

    def _nested_if(self, node: cst.If) -> None:
        self.if_(node)

    def _guard(self, test: cst.BaseExpression) -> Guard:
        text = self.positions.text(test) or self.code(test)
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

    def narrow(self, test: cst.BaseExpression, holds: bool) -> None:
        """Use what a test says of a name or of ``wandb.run``: that it is, or is not, ``None``."""
        if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
            self.narrow(test.expression, not holds)
            return
        if type(test) is cst.BooleanOperation:
            if (type(test.operator) is cst.And) is holds:
                self.narrow(test.left, holds)
                self.narrow(test.right, holds)
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
            value = self.scope.names.get(target.value)
            if isinstance(value, OneOf):
                kept = [o for o in value.options if isinstance(o, Nothing) is not exists]
                if kept:
                    self.state.names[target.value] = kept[0] if len(kept) == 1 else OneOf(None, tuple(kept))
        elif type(target) is cst.Attribute and target.attr.value == "run" and type(target.value) is cst.Name:
            module = single(self.lookup(target.value.value))
            if isinstance(module, Ref) and module.name == "wandb":
                if not exists:
                    self.state.run = Nothing(None)
                elif isinstance(self.state.run, OneOf):
                    kept = list(candidates(self.state.run))
                    self.state.run = kept[0] if len(kept) == 1 else OneOf(None, tuple(kept))
                else:
                    # Whoever asks for it thinks that there may be one.
                    self.state.ended = None

    def for_(self, node: cst.For) -> None:
        iterable = self.evaluate(node.iter)
        draft = self._block(node, "body", BlockKind.LOOP)
        draft.loop = self._loop_of(node, iterable)

        def body() -> None:
            before, self.anchor = self.anchor, node.target
            expressions.bind_loop_target(self, node.target, node.iter, iterable)
            self.anchor = before
            self._suite(node.body)

        self._loop(node, draft, body, node.orelse, endless=False)

    def while_(self, node: cst.While) -> None:
        self._test(node.test)
        draft = self._block(node, "body", BlockKind.LOOP)
        draft.test = node.test
        draft.loop = Loop("while", ())
        endless = type(node.test) is cst.Name and node.test.value == "True"
        endless = endless or (type(node.test) is cst.Integer and node.test.value == "1")
        self._loop(node, draft, lambda: self._suite(node.body), node.orelse, endless)

    def _loop_of(self, node: cst.For, iterable: Any) -> Loop:
        targets = tuple(expressions.target_names(node.target))
        form, start, count = expressions.counting(self, node.iter)
        counter = targets[0] if form and targets else ""
        known = single(iterable)
        if isinstance(known, ListObject) and not known.open:
            count = len(known.items)
        return Loop(form or "for", targets, counter, count, self.frozen(iterable), start)

    def _loop(
        self, node: Any, draft: BlockDraft, body: Callable[[], None], orelse: cst.Else | None, endless: bool
    ) -> None:
        exits = _LoopExits()
        self._loops.append(exits)
        base = self.state
        self.use_state(base.copy())
        self._widen(node)
        self.inside(draft, not endless, body)
        self._loops.pop()
        ends = [self.state, *exits.continues]
        after = join_states(ends)
        meaning.note_restarts(self, exits.started, after, draft.id)
        if self._loops:
            self._loops[-1].started.extend(exits.started)
        if not endless:
            after.dead = after.dead if after.dead is End.FALLS else End.BREAKS
            outcomes = [after, base.copy()] if after.dead is End.FALLS else [base.copy()]
            self.use_state(join_states(outcomes))
            if orelse is not None:
                other = orelse
                self.inside(
                    self._block(node, "else", BlockKind.LOOP_ELSE), True, lambda: self._suite(other.body)
                )
            outcomes = [self.state]
        else:
            after.dead = End.RETURNS
            outcomes = [after]
        for state in exits.breaks:
            state.dead = End.FALLS
        self.use_state(join_states([*outcomes, *exits.breaks]))

    def _widen(self, node: cst.CSTNode) -> None:
        """Before a loop's one walk: what its body assigns may already have been assigned by an earlier pass."""
        assigned, counted = self._assignments(node)
        for name in assigned:
            old = self.state.names.get(name)
            if old is None:
                continue
            if name in counted:
                self.state.names[name] = Unknown(None, Why.COUNTER, name, Kind.NUMBER)
            elif not isinstance(old, Ref):
                self.state.names[name] = join(old, Unknown(None, Why.BRANCH, name))

    def _assignments(self, node: cst.CSTNode) -> tuple[frozenset[str], frozenset[str]]:
        known = self._assigned.get(id(node))
        if known is None:
            known = self._assigned[id(node)] = expressions.assigned_names(node)
        return known

    def with_(self, node: cst.With) -> None:
        managed: list[tuple[cst.CSTNode, int | Ref]] = []
        draft = self._block(node, "body", BlockKind.WITH)
        for item in node.items:
            names: tuple[str, ...] = ()
            if item.asname is not None:
                names = tuple(expressions.target_names(item.asname.name))
            self.bound = names
            value = self.evaluate(item.item)
            self.bound = ()
            run = meaning.run_started_by(self, item.item, value)
            manager = single(value)
            if run is not None:
                managed.append((item.item, run))
                if not self.muted:
                    self.runs[run].with_block = draft.id
            elif isinstance(manager, Ref) and manager.kind is ObjectKind.INSTANCE:
                managed.append((item.item, manager))
            if item.asname is not None:
                before, self.anchor = self.anchor, item.asname.name
                expressions.assign(self, item.asname.name, meaning.entered(value), item.asname.name)
                self.anchor = before
        leaving = self._ways_out()
        self.inside(draft, False, lambda: self._suite(node.body))
        inside = self.state.copy()
        for anchor, manager in reversed(managed):
            before, self.anchor = self.anchor, anchor
            if isinstance(manager, Ref):
                self._leave_instance(manager)
            else:
                meaning.leave_run(self, anchor, manager)
            self.anchor = before
        self._also_on_the_way_out(leaving, inside)

    def _leave_instance(self, instance: Ref) -> None:
        """The ``__exit__`` of an object of the file's own class: it may end a run."""
        if instance.id is None:
            return
        method = single(self.classes[instance.id].names.get("__exit__", Nothing(None)))
        if not isinstance(method, Ref) or method.kind is not ObjectKind.FUNCTION or method.id is None:
            return
        function = self.functions[method.id]
        if self.can_enter(function):
            first = [*function.node.params.posonly_params, *function.node.params.params]
            self.call_function(function, {first[0].name.value: instance} if first else {})
            return
        for key in self.state.lives:
            self.state.lives[key] = Life(Tri.UNKNOWN)

    def _ways_out(self) -> tuple[int, int, int]:
        """How many states have left the current function or loop so far."""
        exits = self._loops[-1] if self._loops else _LoopExits()
        return len(self._activations[-1].returns), len(exits.breaks), len(exits.continues)

    def _also_on_the_way_out(self, since: tuple[int, int, int], before: State) -> None:
        """What a ``with`` or a ``finally`` does at its end is done for those, too, that have left it early.

        ``since`` is from ``_ways_out`` before the body, ``before`` the state after the body.
        """
        exits = self._loops[-1] if self._loops else _LoopExits()
        ways = [state for _, state in self._activations[-1].returns[since[0] :]]
        ways += [*exits.breaks[since[1] :], *exits.continues[since[2] :]]
        done = {key: life for key, life in self.state.lives.items() if before.lives.get(key) is not life}
        for way in ways:
            way.lives.update(done)
            if self.state.run is not before.run:
                way.run, way.ended = self.state.run, self.state.ended

    def try_(self, node: cst.Try | cst.TryStar) -> None:
        base = self.state.copy()
        leaving = self._ways_out()
        body = self._block(node, "body", BlockKind.TRY)
        self.inside(body, False, lambda: self._suite(node.body))
        after = self.state
        entry = after.copy()
        entry.dead = End.FALLS
        entry = join_states([base.copy(), entry])
        ends: list[State] = []
        if node.orelse is not None and after.dead is End.FALLS:
            other = node.orelse
            self.inside(
                self._block(node, "else", BlockKind.TRY_ELSE, body.group),
                True,
                lambda: self._suite(other.body),
            )
            after = self.state
        ends.append(after)
        for handler in node.handlers:
            self.use_state(entry.copy())
            if handler.type is not None:
                self.evaluate(handler.type)
            if handler.name is not None and type(handler.name.name) is cst.Name:
                self.bind(handler.name.name.value, Unknown(None, Why.CALL, handler.name.name.value))
            clause = handler
            self.inside(
                self._block(handler, "except", BlockKind.EXCEPT, body.group),
                True,
                lambda: self._suite(clause.body),
            )
            ends.append(self.state)
        left = [state for state in ends if state.dead is not End.FALLS]
        joined = join_states(ends)
        self.use_state(joined)
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
        self.use_state(join_states(merged))
        before = self.state.copy()
        self.inside(
            self._block(node, "finally", BlockKind.FINALLY, body.group),
            False,
            lambda: self._suite(final.body),
        )
        self._also_on_the_way_out(leaving, before)
        if dead is not End.FALLS and self.state.dead is End.FALLS:
            self.state.dead = dead

    def match(self, node: cst.Match) -> None:
        self.evaluate(node.subject)
        base = self.state
        ends = [base.copy()]
        group: int | None = None
        for case in node.cases:
            self.use_state(base.copy())
            for name in expressions.captured_names(case.pattern):
                self.bind(name, Unknown(None, Why.BRANCH, name))
            draft = self._block(case, "case", BlockKind.BRANCH, group)
            group = draft.group
            if case.guard is not None:
                self.evaluate(case.guard)
            suite = case.body
            self.inside(draft, True, lambda: self._suite(suite))  # noqa: B023 - walked at once
            ends.append(self.state)
        self.use_state(join_states(ends))

    # --- functions and classes ------------------------------------------------------------------

    def function_def(self, node: cst.FunctionDef) -> None:
        decorators = tuple(self._dotted(self.evaluate(d.decorator), d.decorator) for d in node.decorators)
        defaults = {
            param.name.value: self.evaluate(param.default)
            for param in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
            if param.default is not None
        }
        known = self._function_ids.get(id(node))
        if known is None:
            known = self._function_ids[id(node)] = len(self.functions)
            class_id = (
                self._class_stack[-1] if self._class_stack and self.scope.kind is BlockKind.CLASS else None
            )
            prefix = f"{self.classes[class_id].name}." if class_id is not None else ""
            draft = FunctionDraft(
                known,
                node,
                prefix + node.name.value,
                -1,
                decorators,
                class_id,
                self.scope,
                self.frame,
                defaults,
            )
            self.functions.append(draft)
            draft.block = self._block(node, "body", BlockKind.FUNCTION, owner=known).id
        draft = self.functions[known]
        draft.closure, draft.frame, draft.defaults = self.scope, self.frame, defaults
        if any(
            name not in _PLAIN_DECORATORS and name not in vocabulary.ENTRY_DECORATORS for name in decorators
        ):
            draft.escapes = True
        self.bind(node.name.value, Ref(None, ObjectKind.FUNCTION, known, node.name.value))

    def _dotted(self, value: Any, node: cst.BaseExpression) -> str:
        if type(node) is cst.Call:
            return self._dotted(expressions.evaluate_quietly(self, node.func), node.func)
        known = single(value)
        return known.name if isinstance(known, Ref) and known.kind is ObjectKind.SYMBOL else self.code(node)

    def class_def(self, node: cst.ClassDef) -> None:
        bases = tuple(
            self._dotted(expressions.evaluate_quietly(self, base.value), base.value)
            for base in node.bases
            if not base.star
        )
        decorators = tuple(
            self._dotted(expressions.evaluate_quietly(self, d.decorator), d.decorator)
            for d in node.decorators
        )
        block = self._block(node, "body", BlockKind.CLASS)
        known = self._class_ids.get(id(node))
        if known is None:
            known = self._class_ids[id(node)] = len(self.classes)
            changing = _changing(self.unit.code, self.positions.body(node))
            self.classes.append(
                ClassDraft(known, node.name.value, block.id, bases, decorators, {}, changing=changing)
            )
        draft = self.classes[known]
        block.owner = known
        outer, names = self.scope, self.state
        self.scope = Scope(BlockKind.CLASS, outer)
        self.state = State(self.scope.names, names.run, names.lives)
        self._class_stack.append(known)
        self.inside(block, False, lambda: self._suite(node.body))
        self._class_stack.pop()
        for base in node.bases:
            parent = single(expressions.evaluate_quietly_in(self, outer, base.value))
            if isinstance(parent, Ref) and parent.kind is ObjectKind.CLASS and parent.id is not None:
                for name, value in self.classes[parent.id].names.items():
                    draft.names.setdefault(name, value)
                draft.fields.update(self.classes[parent.id].fields)
        draft.names.update(self.scope.names)
        for statement in node.body.body:
            if type(statement) is cst.SimpleStatementLine:
                for small in statement.body:
                    if type(small) is cst.AnnAssign and type(small.target) is cst.Name:
                        name = small.target.value
                        draft.fields[name] = self.scope.names.get(name)
        self.scope, self.state = outer, names
        self.bind(node.name.value, Ref(None, ObjectKind.CLASS, known, node.name.value))

    def _unknown_parameters(self, function: FunctionDraft) -> dict[str, Any]:
        why = Why.PARAMETER
        if any(name in vocabulary.ENTRY_DECORATORS for name in function.decorators):
            why = Why.ARGUMENT
        values: dict[str, Any] = {}
        params = function.node.params
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            name = param.name.value
            annotated = meaning.annotated(self, param.annotation)
            default = function.defaults.get(name)
            values[name] = annotated or Unknown(
                None, why, name, default=None if default is None else self.frozen(default)
            )
        if type(params.star_arg) is cst.Param:
            values[params.star_arg.name.value] = Unknown(None, why, params.star_arg.name.value, Kind.SEQUENCE)
        if params.star_kwarg is not None:
            values[params.star_kwarg.name.value] = Unknown(
                None, why, params.star_kwarg.name.value, Kind.MAPPING
            )
        if function.class_id is not None and "staticmethod" not in function.decorators:
            first = [*params.posonly_params, *params.params]
            if first:
                values[first[0].name.value] = Ref(None, ObjectKind.INSTANCE, function.class_id)
        return values

    def can_enter(self, function: FunctionDraft) -> bool:
        """Whether a call of a local function is walked: bounded in depth and number; recursion ends."""
        if function.id in self._stack or len(self._stack) >= MAX_DEPTH:
            return False
        if function.calls and (self.muted or self._walked > self._budget):
            return False
        hot = self.relevance is None or self.relevance.touches(function.node)
        return function.calls < (MAX_CALLS if hot else MAX_COLD_CALLS)

    def _counts(self, function: FunctionDraft) -> bool:
        return self.relevance is None or self.relevance.counts(function.node)

    def call_function(self, function: FunctionDraft, given: dict[str, Any]) -> Any:
        """Walk a call of a local function and give its result; the state goes on as the call leaves it."""
        function.calls += 1
        values = self._unknown_parameters(function)
        for name in function.defaults:
            if name not in given:
                values[name] = function.defaults[name]
        values.update(given)
        outer_state, outer_scope = self.state, self.scope
        self.state = State({}, outer_state.run, outer_state.lives, ended=outer_state.ended)
        result = self._body_of(function, values, alone=False)
        after = self.state
        self.scope = outer_scope
        outer_state.run, outer_state.lives, outer_state.ended = after.run, after.lives, after.ended
        self.use_state(outer_state)
        return result

    def _body_of(self, function: FunctionDraft, values: dict[str, Any], alone: bool) -> Any:
        scope = Scope(BlockKind.FUNCTION, function.closure, self.state.names)
        saved = (self.scope, self.frame, self._loops, self.anchor, self.bound, self._class_stack, self.hot)
        self.scope = scope
        before = meaning.standing(self.state)
        self.state.names.update(values)
        if alone:
            self.frame = function.frame
        self._loops = self._loops if not alone else []
        self._class_stack = []
        self.bound = ()
        self._stack.append(function.id)
        activation = _Activation(function.id)
        self._activations.append(activation)
        loops_before = self._loops
        self._loops = [_LoopExits()] if not alone else []
        holder = self._loops[0] if self._loops else None
        draft = self.blocks[function.block]
        outer = self.frame
        self.frame = Frame(draft.id, BlockKind.FUNCTION, outer, outer.depth + 1, draft.group, alone)
        self._suite(function.node.body)
        self.frame = outer
        if holder is not None and loops_before:
            loops_before[-1].started.extend(holder.started)
        self._activations.pop()
        self._stack.pop()
        falls = self.state.dead is End.FALLS
        ends = [state for _, state in activation.returns]
        for state in ends:
            state.dead = End.FALLS
        joined = join_states([self.state, *ends])
        if joined.dead is not End.FALLS and not ends:
            # It always raises: what follows the call is walked all the same, a raise may be meant for a test.
            joined.dead = End.FALLS
        self.state = joined
        self.scope, self.frame, self._loops, self.anchor, self.bound, self._class_stack, self.hot = saved
        if activation.yields:
            function.is_generator = True
            return meaning.generator_result(self, function, activation.yields, before)
        result: Any = Nothing(None) if falls and not activation.returns else None
        for value, _ in activation.returns:
            result = value if result is None else join(result, value)
        return Nothing(None) if result is None else result

    # --- small statements -----------------------------------------------------------------------

    def line(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> None:
        for small in node.body:
            if self.state.dead is not End.FALLS:
                return
            self.anchor = small
            self.hot = self.relevance is None or self.relevance.is_hot(small)
            handler = _SMALL.get(type(small))
            if handler is not None:
                handler(self, small)

    def expr(self, node: cst.Expr) -> None:
        if not self.hot and self.state.ended is None and not expressions.may_change(self, node.value):
            return
        value = expressions.evaluate(self, node.value)
        if isinstance(value, Unknown) and value.name in _EXITS and type(node.value) is cst.Call:
            self.state.dead = End.RAISES

    def assign_statement(self, node: cst.Assign) -> None:
        names: list[str] = []
        for target in node.targets:
            names.extend(expressions.target_names(target.target))
        self.bound = tuple(names)
        value = expressions.evaluate(self, node.value)
        self.bound = ()
        for target in node.targets:
            expressions.assign(self, target.target, value, node)

    def ann_assign(self, node: cst.AnnAssign) -> None:
        known = meaning.annotated(self, node.annotation)
        if node.value is None:
            if known is not None and type(node.target) is cst.Name:
                self.bind(node.target.value, known)
            return
        self.bound = tuple(expressions.target_names(node.target))
        value = expressions.evaluate(self, node.value)
        self.bound = ()
        if known is not None and isinstance(value, Unknown):
            value = known
        expressions.assign(self, node.target, value, node)

    def aug_assign(self, node: cst.AugAssign) -> None:
        expressions.augment(self, node)

    def delete(self, node: cst.Del) -> None:
        expressions.delete(self, node.target)

    def return_(self, node: cst.Return) -> None:
        value: Any = Nothing(None)
        if node.value is not None:
            value = expressions.evaluate(self, node.value)
            self.escape(node.value, value, EscapeKind.RETURN)
        self._activations[-1].returns.append((value, self.state.copy()))
        self.state.dead = End.RETURNS

    def yield_value(self, value: Any) -> None:
        """Note what the function being walked yields."""
        self._activations[-1].yields.append(value)

    def raise_(self, node: cst.Raise) -> None:
        if node.exc is not None:
            expressions.evaluate(self, node.exc)
        self.state.dead = End.RAISES

    def break_(self, node: cst.Break) -> None:
        if self._loops:
            self._loops[-1].breaks.append(self.state.copy())
        self.state.dead = End.BREAKS

    def continue_(self, node: cst.Continue) -> None:
        if self._loops:
            self._loops[-1].continues.append(self.state.copy())
            self._loops[-1].continues[-1].dead = End.FALLS
        self.state.dead = End.CONTINUES

    def assert_(self, node: cst.Assert) -> None:
        if self.hot:
            expressions.evaluate(self, node.test)

    def global_(self, node: cst.Global | cst.Nonlocal) -> None:
        self.scope.outer_names.update(item.name.value for item in node.names)

    def import_(self, node: cst.Import) -> None:
        for alias in node.names:
            path = _path(alias.name)
            if alias.asname is not None and type(alias.asname.name) is cst.Name:
                self._import(alias, path, alias.asname.name.value, Ref(None, ObjectKind.SYMBOL, None, path))
            else:
                root = path.split(".")[0]
                self._import(alias, path, root, Ref(None, ObjectKind.SYMBOL, None, root))

    def import_from(self, node: cst.ImportFrom) -> None:
        base = "." * len(node.relative) + ("" if node.module is None else _path(node.module))
        if isinstance(node.names, cst.ImportStar):
            self._import(node.names, f"{base}.*", "*", None, len(node.relative))
            return
        for alias in node.names:
            name = alias.name.value if type(alias.name) is cst.Name else _path(alias.name)
            path = f"{base}{'' if base.endswith('.') else '.'}{name}"
            bound = name
            if alias.asname is not None and type(alias.asname.name) is cst.Name:
                bound = alias.asname.name.value
            path = vocabulary.ALIASES.get(path, path)
            self._import(alias, path, bound, Ref(None, ObjectKind.SYMBOL, None, path), len(node.relative))

    def _import(self, node: cst.CSTNode, path: str, name: str, value: Any, level: int = 0) -> None:
        if id(node) not in self._imported and not self.muted:
            self._imported.add(id(node))
            self.imports.append(Import(path, name, self.at(node, "statement"), self.frame.block, level))
        if value is not None:
            self.bind(name, value)

    # --- lives ------------------------------------------------------------------------------------

    def life(self, kind: ObjectKind, ids: tuple[int, ...], sure: bool) -> tuple[Tri, Any]:
        """What has become of an object that is one of ``ids``."""
        if not ids or not sure:
            return Tri.UNKNOWN, None
        lives = [self.state.lives.get((kind, number)) for number in ids]
        if any(life is None for life in lives):
            return Tri.UNKNOWN, None
        answers = {life.over for life in lives if life is not None}
        first = next((life.by for life in lives if life is not None and life.by is not None), None)
        return (answers.pop(), first) if len(answers) == 1 else (Tri.UNKNOWN, first)

    def set_life(self, kind: ObjectKind, number: int, over: Tri, by: Any = None) -> None:
        """Note what has become of an object."""
        self.state.lives[(kind, number)] = Life(over, by)


def dotted(node: cst.CSTNode) -> str:
    """A name or a chain of attributes as written, ``""`` for anything else."""
    if type(node) is cst.Name:
        return node.value
    if type(node) is cst.Attribute:
        inner = dotted(node.value)
        return f"{inner}.{node.attr.value}" if inner else ""
    if type(node) is cst.Call:
        inner = dotted(node.func)
        return f"{inner}()" if inner else ""
    if type(node) is cst.Subscript and len(node.slice) == 1:
        inner, index = dotted(node.value), node.slice[0].slice
        if inner and type(index) is cst.Index:
            key = index.value
            if isinstance(key, cst.SimpleString | cst.Integer):
                return f"{inner}[{key.value}]"
            name = dotted(key)
            return f"{inner}[{name}]" if name else ""
    return ""


_ESCAPING = frozenset(
    {
        ObjectKind.RUN,
        ObjectKind.CONFIG,
        ObjectKind.ARTIFACT,
        ObjectKind.METADATA,
        ObjectKind.TABLE,
        ObjectKind.LOGGER,
        ObjectKind.API,
    }
)

_SELF_WRITE = re.compile(r"\bself\.(\w+)\s*(?:(?:[-+*%|&^]|//?|\*\*|<<|>>)=|(?::[^=\n]+)?=(?!=))")


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


# The methods that run before the others, and give the instance what they read.
_MAKERS = frozenset({"__init__", "__post_init__", "setup"})

_PLAIN_DECORATORS = frozenset(
    "property staticmethod classmethod builtins.property builtins.staticmethod builtins.classmethod "
    "contextlib.contextmanager functools.wraps functools.cache functools.lru_cache torch.no_grad "
    "torch.inference_mode dataclasses.dataclass".split()
)

_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})


def _path(node: cst.BaseExpression) -> str:
    if type(node) is cst.Attribute:
        return f"{_path(node.value)}.{node.attr.value}"
    return node.value if type(node) is cst.Name else ""


def _joined(old: Event, new: Event) -> Event:
    """One event for two walks of the same place."""
    if type(old) is not type(new):
        return old
    changes: dict[str, Any] = {}
    for name in type(old).__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name in ("id", "block", "span", "callee", "path") or before is after:
            continue
        if isinstance(before, Arguments) and isinstance(after, Arguments):
            changes[name] = _joined_arguments(before, after)
        elif isinstance(before, Tri):
            changes[name] = before if before is after else Tri.UNKNOWN
        elif name in ("runs", "artifacts", "tables"):
            changes[name] = tuple(dict.fromkeys((*before, *after)))
        elif name.startswith("sure"):
            changes[name] = before and after
        elif name in ("value", "receiver", "result", "data", "name") and not isinstance(before, str):
            changes[name] = after if before is None else before if after is None else join(before, after)
        elif name in ("finish", "logged_by", "again", "previous"):
            changes[name] = after if before is None else before
        elif name == "at_hand":
            changes[name] = before if before == after else ""
    return msgspec.structs.replace(old, **changes) if changes else old


def _joined_arguments(old: Arguments, new: Arguments) -> Arguments:
    if len(old.items) != len(new.items):
        return old
    items = tuple(
        msgspec.structs.replace(before, value=join(before.value, after.value))
        for before, after in zip(old.items, new.items, strict=True)
    )
    splats = tuple({id(splat.value): splat for splat in (*old.splats, *new.splats)}.values())
    return Arguments(items, splats if len(old.splats) == len(new.splats) else old.splats, old.close)


_STATEMENTS: dict[type, Callable[[Walker, Any], None]] = {
    cst.SimpleStatementLine: Walker.line,
    cst.SimpleStatementSuite: Walker.line,
    cst.If: Walker.if_,
    cst.For: Walker.for_,
    cst.While: Walker.while_,
    cst.With: Walker.with_,
    cst.Try: Walker.try_,
    cst.TryStar: Walker.try_,
    cst.Match: Walker.match,
    cst.FunctionDef: Walker.function_def,
    cst.ClassDef: Walker.class_def,
}

_SMALL: dict[type, Callable[[Walker, Any], None]] = {
    cst.Expr: Walker.expr,
    cst.Assign: Walker.assign_statement,
    cst.AnnAssign: Walker.ann_assign,
    cst.AugAssign: Walker.aug_assign,
    cst.Del: Walker.delete,
    cst.Return: Walker.return_,
    cst.Raise: Walker.raise_,
    cst.Break: Walker.break_,
    cst.Continue: Walker.continue_,
    cst.Assert: Walker.assert_,
    cst.Global: Walker.global_,
    cst.Nonlocal: Walker.global_,
    cst.Import: Walker.import_,
    cst.ImportFrom: Walker.import_from,
}
_ = (Condition, Flag)
