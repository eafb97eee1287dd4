"""One walk over a file's tree, in the order in which it runs.

The walker interprets statements with abstract values: it enters branches on copies of the state,
loops once with what they change made unknown, and local functions at each call (a few levels
deep), so that an event knows which run it belongs to. What it meets of W&B becomes an event; one source
place gives one event, however often it is walked, with what differed between the walks joined.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind, End
from wbcheck.model.events import Arguments, Escape, EscapeKind, Event
from wbcheck.model.exports import Export
from wbcheck.model.model import Import, Runless
from wbcheck.model.values import AnyValue, Kind, Nothing, ObjectKind, OneOf, Ref, Tri, Unknown, Why
from wbcheck.source.unit import Unit
from wbcheck.syntax import drafts, expressions, hints, joining, links, runs, statements, vocabulary
from wbcheck.syntax.positions import Positions
from wbcheck.syntax.relevance import Relevance
from wbcheck.syntax.state import (
    BEFORE,
    OWN,
    Allowance,
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
)

# How deep and how often the calls of local functions are walked: those that may touch W&B, and the others, of
# which only the result may matter.
MAX_DEPTH = 5


MAX_CALLS = 8


MAX_COLD_CALLS = 1
MAX_PARTS = 20_000


BUILTINS = frozenset(dir(builtins))

_RUNNING = re.compile(r"^[ \t]*+\"?[ \t]*+%(?:run|%?wandb)\b", re.MULTILINE)


class Walker:
    """Walks one module. Its drafts are made into a model by ``syntax.build``."""

    def __init__(
        self,
        unit: Unit,
        module: cst.Module,
        positions: Positions,
        houses: dict[str, str],
        stores: dict[str, str],
        linked: Mapping[str, Export] | None = None,
    ) -> None:
        self.unit = unit
        self.module = module
        self.positions = positions
        self.houses = houses
        self.stores = stores
        # Names of other files of the project, by the path they are imported by, and what they hold here.
        self.linked: Mapping[str, Export] = linked or {}
        self.linked_values: dict[str, Any] = {}
        self.exporting = False
        self.relevance: Relevance | None = None
        if positions.aligned:
            ours = links.words_of_ours(self.linked) if self.linked else set()
            self.relevance = Relevance(positions, unit.code, houses, stores, ours)
        self.events: list[Event] = []
        self.pending: list[tuple[cst.CSTNode, cst.CSTNode, str, int, int]] = []
        self.blocks: list[drafts.BlockDraft] = []
        self.functions: list[drafts.FunctionDraft] = []
        self.classes: list[drafts.ClassDraft] = []
        self.runs: list[drafts.RunDraft] = []
        self.parsers: list[drafts.ParserDraft] = []
        self.artifacts: list[tuple[int, bool]] = []
        self.tables: list[int] = []
        self.imports: list[Import] = []
        self.anchor: cst.CSTNode = module
        self.bound: tuple[str, ...] = ()
        self.muted = False
        self._spans: dict[tuple[int, str, int, int], Span] = {}
        self._plain_spans: dict[int, Span] = {}
        self._by_place: dict[tuple[int, str], int] = {}
        self._block_ids: dict[tuple[int, str], int] = {}
        self._function_ids: dict[int, int] = {}
        self._class_ids: dict[int, int] = {}
        self._object_ids: dict[tuple[int, str], int] = {}
        self._imported: set[int] = set()
        # The calls being walked, each with its statement, and by which of them each object was made last.
        self._called_at: list[tuple[int, int]] = []
        self._made_by: dict[tuple[ObjectKind, int], tuple[tuple[int, int], ...]] = {}
        self.runless: dict[int, Runless | None] = {}
        self._dicts = 0
        self._loops: list[drafts.LoopExits] = []
        self._activations: list[drafts.Activation] = [drafts.Activation(None)]
        self._stack: list[int] = []
        self._class_stack: list[int] = []
        self._assigned: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        # Statements walked so far, and how many may be before calls are no longer walked anew.
        self._walked = 0
        self._budget = 200 + 2 * positions.count
        self._allowance = Allowance(MAX_PARTS + 20 * positions.count)
        self.hot = True
        draft = self._block(module, "module", BlockKind.MODULE)
        self.frame = Frame(draft.id, BlockKind.MODULE, None, 0, draft.group, False)
        self.root = self.frame
        self.scope = Scope(BlockKind.MODULE, None)
        # A magic may start a run, or run another notebook that does.
        fresh = not (unit.cells and _RUNNING.search(unit.text))
        self.state = State(self.scope.names, Nothing(None), ended=BEFORE if fresh else None)

    # --- the walk -----------------------------------------------------------------------------

    def restart(self) -> None:
        """Begin anew to count the statements that are walked, and to note what they do."""
        self._walked = 0
        self._by_place = {}

    def walk(self) -> None:
        """Walk the module, then every function and method that nothing in it has called.

        Those that others may call come last: a walk of them by themselves knows less than one from a call.
        """
        self._module_body()
        done: set[int] = set()
        while len(done) < len(self.functions):
            waiting = [function for function in self.functions if function.id not in done]
            waiting.sort(key=self._is_helper)
            for function in waiting:
                done.add(function.id)
                if function.calls == 0 and self._counts(function):
                    self._walk_uncalled(function)

    def _is_helper(self, function: drafts.FunctionDraft) -> bool:
        """Whether a function may be called by another: its name stands before a parenthesis elsewhere."""
        if function.class_id is not None or function.calls:
            return False
        return self.unit.code.count(f"{function.node.name.value}(") > 1

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

    def _walk_uncalled(self, function: drafts.FunctionDraft) -> None:
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

    def _enter_alone(self, function: drafts.FunctionDraft) -> None:
        function.calls += 1
        if function.trial:
            self.state = State({}, Nothing(None), ended=BEFORE)
        else:
            ended = OWN if self._starts_a_run(function) else None
            self.state = State({}, Unknown(None, Why.PARAMETER, "wandb.run"), ended=ended)
        self._body_of(function, self._unknown_parameters(function), alone=True)

    def _starts_a_run(self, function: drafts.FunctionDraft) -> bool:
        """Whether a function's text names `init`: only then is it asked what happens before."""
        body = self.positions.body(function.node)
        return "init(" in self.unit.code[body.start : body.end]

    def statements(self, body: Sequence[cst.CSTNode]) -> None:
        """Walk statements until control leaves."""
        for statement in body:
            if self.state.dead is not End.FALLS:
                return
            self.statement(statement)

    def statement(self, node: cst.CSTNode) -> None:
        """Walk one statement."""
        self._walked += 1
        handler = statements.STATEMENTS.get(type(node))
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

        ``mode`` is ``""`` (the node), ``outer`` (with its parentheses), ``content`` (characters ``start`` to
        ``end`` between a string's quotes), ``statement`` (all of the statement), ``step`` (what follows the
        value of an attribute or subscript), ``close`` (just before a call's last parenthesis).
        """
        if not mode:
            plain = self._plain_spans.get(id(node))
            if plain is None:
                self.pending.append((self.anchor, node, "", 0, 0))
                plain = self._plain_spans[id(node)] = Span(-1, len(self.pending) - 1)
            return plain
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
        self.events[known] = joining.joined(old, new)
        return known

    def new_object(self, node: cst.CSTNode, word: str, make: Callable[[], int]) -> int:
        """The id of the object made at a node: the same on every walk."""
        key = (id(node), word)
        known = self._object_ids.get(key)
        if known is None:
            known = self._object_ids[key] = make()
        return known

    def made_object(self, node: cst.CSTNode, kind: ObjectKind, make: Callable[[], int]) -> tuple[int, Ref]:
        """The id of the run, artifact or table made at a node, the same on every walk, and what holds it.

        Where a helper makes it for another call than the last time, it is another object: what holds the one
        before holds one of which nothing is known from here on.
        """
        number = self.new_object(node, kind, make)
        way = tuple(self._called_at)
        before = self._made_by.get((kind, number), way)
        self._made_by[kind, number] = way
        if before != way:
            self._forget(kind, number)
            parted = next(((one, two) for one, two in zip(before, way, strict=False) if one != two), None)
            if parted is not None and parted[0][0] == parted[1][0]:
                return number, Ref(None, kind)
        return number, Ref(None, kind, number)

    def _forget(self, kind: ObjectKind, number: int) -> None:
        held: list[dict[str, Any]] = [each.attributes for each in self.classes]
        for innermost in (self.scope, *(each.scope for each in self._activations)):
            scope = innermost
            while scope is not None:
                held.append(scope.names)
                scope = scope.parent
        for names in held:
            for name, value in names.items():
                if any(_is_object(option, kind, number) for option in candidates(value)):
                    names[name] = self._some(value, kind, number)

    def _some(self, value: Any, kind: ObjectKind, number: int) -> Any:
        """What a value is, with some object of a kind in the place of a certain one."""
        found: Any = None
        for option in value.options if isinstance(value, OneOf) else (value,):
            kept = Ref(None, kind) if _is_object(option, kind, number) else option
            found = kept if found is None else join(found, kept)
        return found

    def new_number(self, node: cst.CSTNode, word: str) -> int:
        """The number of an object that is told from others by its number alone."""
        return self.new_object(node, word, lambda: len(self._object_ids))

    def dict_object(self, span: Span | None, origin: Any) -> DictObject:
        """A new dict."""
        self._dicts += 1
        return DictObject(self._dicts, span, origin, home=self.frame)

    def frozen(self, value: Any) -> AnyValue:
        """A value as plain data, as it is now."""
        return frozen(value, self.frame, self._allowance)

    def code(self, node: cst.CSTNode) -> str:
        """The source of a node, white space folded; names and chains of them are not rendered for it."""
        short = dotted(node)
        return short or " ".join(self.module.code_for_node(node).split())

    def escape(
        self,
        node: cst.CSTNode,
        value: Any,
        how: EscapeKind,
        to: str = "",
        arguments: Callable[[], Arguments] | None = None,
    ) -> None:
        """Note that an object is handed on, and that a dict or list may be changed by who gets it.

        ``arguments`` gives those of the call that takes it.
        """
        for option in candidates(value):
            if isinstance(option, Ref) and option.kind in _ESCAPING:
                given = arguments() if arguments is not None and option.kind in _FOLLOWED else None
                self.emit(
                    node,
                    f"escape-{option.kind}-{option.id}",
                    lambda i, b, s, o=option, g=given: Escape(i, b, s, o, how, to, g),  # type: ignore[misc]
                )
            elif isinstance(option, Ref) and option.kind is ObjectKind.FUNCTION and option.id is not None:
                self.functions[option.id].escapes = True
                if self.runs:
                    self._note_callable(node, option, how, to)
            elif isinstance(option, Unknown) and option.kind is Kind.CALLABLE and self.runs:
                self._note_callable(node, option, how, to)
            elif isinstance(option, Ref) and option.kind is ObjectKind.PARSER and option.id is not None:
                self.parsers[option.id].open = True
            elif isinstance(option, DictObject):
                if how is EscapeKind.CALL:
                    option.open_in.append(self.frame)
                for _, inner, _, _ in list(option.writes):
                    if isinstance(inner, Ref):
                        self.escape(node, inner, how, to, arguments)
            elif isinstance(option, ListObject):
                if how is EscapeKind.CALL:
                    option.open = True
                for inner in option.items:
                    if isinstance(inner, Ref):
                        self.escape(node, inner, how, to, arguments)
            elif isinstance(option, Method):
                self.escape(node, option.receiver, how, to, arguments)

    def _note_callable(self, node: cst.CSTNode, value: Any, how: EscapeKind, to: str) -> None:
        """Note that a function or a lambda is kept: what it uses of the names around it is used later."""
        if how is not EscapeKind.CALL or to.startswith(vocabulary.KEEPERS):
            self.emit(
                node, f"kept-{getattr(value, 'id', None)}", lambda i, b, s: Escape(i, b, s, value, how, to)
            )

    def _block(
        self, node: Any, arm: str, kind: BlockKind, group: int | None = None, owner: int | None = None
    ) -> drafts.BlockDraft:
        key = (id(node), arm)
        known = self._block_ids.get(key)
        if known is not None:
            return self.blocks[known]
        number = len(self.blocks)
        parent = None if kind is BlockKind.MODULE else self.frame.block
        function = owner if kind is BlockKind.FUNCTION else None
        if function is None and parent is not None:
            function = self.blocks[parent].function
        draft = drafts.BlockDraft(
            number, kind, parent, node, number if group is None else group, function, owner
        )
        draft.cell = 0 if parent is None else self.blocks[parent].cell
        self._block_ids[key] = number
        self.blocks.append(draft)
        return draft

    def inside(self, draft: drafts.BlockDraft, conditional: bool, body: Callable[[], None]) -> None:
        """Walk something inside a block."""
        outer = self.frame
        self.frame = Frame(draft.id, draft.kind, outer, outer.depth + 1, draft.group, conditional)
        body()
        self.frame.left = self.state.dead
        draft.end = self.state.dead
        self.frame = outer

    def _suite(self, suite: cst.BaseSuite) -> None:
        if type(suite) is cst.SimpleStatementSuite:
            self.statement(suite)  # on its header's line
        else:
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

    # --- functions and classes ------------------------------------------------------------------

    def _unknown_parameters(self, function: drafts.FunctionDraft) -> dict[str, Any]:
        why = Why.PARAMETER
        if any(name in vocabulary.ENTRY_DECORATORS for name in function.decorators):
            why = Why.ARGUMENT
        values: dict[str, Any] = {}
        params = function.node.params
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            name = param.name.value
            annotated = hints.annotated(self, param.annotation)
            if any(decorator in vocabulary.CLASS_DECORATORS for decorator in function.decorators):
                annotated = hints.annotated_instance(self, param.annotation) or annotated
            default = function.defaults.get(name)
            kind = hints.annotated_sort(self, param.annotation)
            values[name] = annotated or Unknown(
                None, why, name, kind, None if default is None else self.frozen(default)
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

    @property
    def function(self) -> drafts.FunctionDraft | None:
        """The function that is being walked, if any."""
        return self.functions[self._stack[-1]] if self._stack else None

    def can_enter(self, function: drafts.FunctionDraft) -> bool:
        """Whether a call of a local function is walked: bounded in depth and number; recursion ends."""
        if function.id in self._stack or len(self._stack) >= MAX_DEPTH:
            return False
        if function.calls and ((self.muted and not self.exporting) or self._walked > self._budget):
            return False
        hot = self.relevance is None or self.relevance.touches(function.node)
        return function.calls < (MAX_CALLS if hot else MAX_COLD_CALLS)

    def _counts(self, function: drafts.FunctionDraft) -> bool:
        return self.relevance is None or self.relevance.counts(function.node)

    def call_function(
        self, function: drafts.FunctionDraft, given: dict[str, Any], node: cst.CSTNode | None = None
    ) -> Any:
        """Walk a call of a local function and give its result; the state goes on as the call leaves it.

        ``node`` is the call, where there is one in the text.
        """
        function.calls += 1
        values = self._unknown_parameters(function)
        for name in function.defaults:
            if name not in given:
                values[name] = function.defaults[name]
        values.update(given)
        outer_state, outer_scope = self.state, self.scope
        self.state = State(
            {}, outer_state.run, outer_state.lives, ended=outer_state.ended, aside=outer_state.aside
        )
        self._called_at.append((id(self.anchor), id(node or self.anchor)))
        result = self._body_of(function, values, alone=False)
        self._called_at.pop()
        after = self.state
        self.scope = outer_scope
        outer_state.run, outer_state.lives, outer_state.ended = after.run, after.lives, after.ended
        outer_state.aside = after.aside
        self.use_state(outer_state)
        return result

    def _body_of(self, function: drafts.FunctionDraft, values: dict[str, Any], alone: bool) -> Any:
        scope = Scope(BlockKind.FUNCTION, function.closure, self.state.names)
        saved = (self.scope, self.frame, self._loops, self.anchor, self.bound, self._class_stack, self.hot)
        self.scope = scope
        before = runs.standing(self.state)
        self.state.names.update(values)
        if alone:
            self.frame = function.frame
        self._loops = self._loops if not alone else []
        self._class_stack = []
        self.bound = ()
        self._stack.append(function.id)
        activation = drafts.Activation(function.id, scope)
        self._activations.append(activation)
        loops_before = self._loops
        self._loops = [drafts.LoopExits()] if not alone else []
        holder = self._loops[0] if self._loops else None
        draft = self.blocks[function.block]
        outer = self.frame
        self.frame = Frame(draft.id, BlockKind.FUNCTION, outer, outer.depth + 1, draft.group, alone)
        self._suite(function.node.body)
        self.frame = outer
        if holder is not None and loops_before:
            loops_before[-1].take(holder)
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
            return runs.generator_result(self, function, activation.yields, before)
        result: Any = Nothing(None) if falls and not activation.returns else None
        for value, _ in activation.returns:
            result = value if result is None else join(result, value)
        return Nothing(None) if result is None else result

    # --- small statements -----------------------------------------------------------------------

    def yield_value(self, value: Any) -> None:
        """Note what the function being walked yields."""
        self._activations[-1].yields.append(value)

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


def _is_object(value: Any, kind: ObjectKind, number: int) -> bool:
    return isinstance(value, Ref) and value.kind is kind and value.id == number


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


# What these are handed to may use and log artifacts.
_FOLLOWED = frozenset({ObjectKind.RUN, ObjectKind.LOGGER, ObjectKind.ARTIFACT})


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


# The methods that run before the others, and give the instance what they read.
_MAKERS = frozenset({"__init__", "__post_init__", "setup"})
