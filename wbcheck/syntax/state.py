"""What is known at one point of the program: names, the active run, and what has become of objects.

The walker carries one ``State``; a branch runs on a copy and the copies are joined after it.
Dicts and lists are objects with an identity that several names may share; what is done to
them is noted with the frame in which it was done, so that a later reader can tell what is certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind, End
from wbcheck.model.values import (
    AnyValue,
    Entry,
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
    Ref,
    Text,
    Tri,
    Unknown,
    Why,
)

MAX_OPTIONS = 6
MAX_NESTING = 8


@dataclass(slots=True, eq=False)
class Frame:
    """One entry of a block while walking: the way from the entry of the program to here.

    ``conditional`` when the block may be skipped; ``left`` how it ended, once it has.
    """

    block: int
    kind: BlockKind
    parent: Frame | None
    depth: int
    group: int
    conditional: bool
    left: End = End.FALLS

    def certain_from(self, here: Frame, home: Frame | None = None) -> Tri:
        """Whether what was done in this frame has been done, seen from ``here`` (a later point).

        ``home`` is a frame that has certainly been walked: that of the making of what something was done to.
        """
        chain: dict[int, Frame] = {}
        arms: dict[int, Frame] = {}
        current: Frame | None = here
        while current is not None:
            chain[id(current)] = current
            if current.kind is BlockKind.BRANCH:
                arms[current.group] = current
            current = current.parent
        answer = Tri.YES
        current = self
        while current is not None and current is not home and id(current) not in chain:
            if current.kind is BlockKind.BRANCH and current.group in arms:
                return Tri.NO
            if current.left in (End.RETURNS, End.RAISES) and current.kind is not BlockKind.FUNCTION:
                return Tri.NO
            if current.conditional:
                answer = Tri.UNKNOWN
            current = current.parent
        return answer


@dataclass(slots=True, eq=False)
class DictObject:
    """A dict being built. ``open_in`` are the frames in which it may have got keys that are not known;
    ``source`` the arguments or the instance that it was made of, ``home`` the frame in which it was made;
    ``implied`` as of a ``Mapping``. ``removed`` are keys (``None`` for one that is not known) that were taken
    out, each with the frame in which it was, and how many writes there were by then.
    """

    id: int
    span: Span | None
    origin: Origin
    writes: list[tuple[AnyValue, Any, Span | None, Frame]] = field(default_factory=list)
    removed: list[tuple[str | None, Frame, int]] = field(default_factory=list)
    open_in: list[Frame] = field(default_factory=list)
    source: Any = None
    home: Frame | None = None
    implied: bool = False

    @property
    def changes(self) -> int:
        """How often it has been changed so far."""
        return len(self.writes) + len(self.removed) + len(self.open_in)

    def remove(self, key: str | None, frame: Frame) -> None:
        """A key, or some key, is taken out."""
        self.removed.append((key, frame, len(self.writes)))

    def snapshot(self, here: Frame, freeze: Any) -> Mapping:
        """The dict as it is seen from ``here``."""
        entries: dict[Any, Entry] = {}
        last: dict[Any, int] = {}
        for number, (key, value, span, frame) in enumerate(self.writes):
            certain = frame.certain_from(here, self.home)
            if certain is Tri.NO:
                continue
            name: Any = key.constant if isinstance(key, Text) else None
            if name is None:
                name = number
            before = entries.get(name)
            sure = certain is Tri.YES or (before is not None and before.certain)
            frozen = freeze(value)
            if before is not None and certain is not Tri.YES:
                frozen = join(before.value, frozen)
            entries[name] = Entry(freeze(key), frozen, span, sure)
            last[name] = number
        opened = any(frame.certain_from(here, self.home) is not Tri.NO for frame in self.open_in)
        for removed, frame, writes in self.removed:
            if frame.certain_from(here, self.home) is Tri.NO:
                continue
            if removed is None:
                opened = True
            elif removed in entries and last[removed] < writes:
                del entries[removed]
        return Mapping(self.span, self.id, tuple(entries.values()), opened, self.origin, self.implied)

    def get(self, key: str, here: Frame) -> Any:
        """The value last written under ``key``, or ``None`` if it cannot be told."""
        found: Any = None
        for written, value, _, frame in self.writes:
            if not isinstance(written, Text):
                return None
            name = written.constant
            if name is None:
                return None
            if name == key:
                certain = frame.certain_from(here, self.home)
                if certain is Tri.YES:
                    found = value
                elif certain is Tri.UNKNOWN:
                    found = value if found is None else join(found, value)
        return found


@dataclass(slots=True, eq=False)
class ListObject:
    """A list, tuple, set or view of a dict being built; ``open`` once it may hold more than is listed."""

    span: Span | None
    kind: str
    items: list[Any]
    frame: Frame
    open: bool = False
    count: int | None = None


@dataclass(slots=True, eq=False)
class Method:
    """A method not yet called: ``log = run.log``. ``node`` is the expression that names it."""

    receiver: Any
    name: str
    node: cst.BaseExpression | None = None


@dataclass(slots=True, eq=False)
class Partial:
    """``functools.partial(f, …)``: arguments are added in front of those of the call."""

    function: Any
    arguments: list[Any]


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one function call, class body or module."""

    kind: BlockKind
    parent: Scope | None
    names: dict[str, Any] = field(default_factory=dict)
    outer_names: set[str] = field(default_factory=set)

    def owner_of(self, name: str) -> Scope:
        """The scope that a write of ``name`` goes to (``global`` and ``nonlocal`` reach outwards)."""
        if name not in self.outer_names:
            return self
        scope = self.parent
        while scope is not None and scope.parent is not None:
            if name in scope.names and scope.kind is not BlockKind.CLASS:
                return scope
            scope = scope.parent
        return scope or self


@dataclass(slots=True, eq=False)
class Life:
    """What has become of a run, an artifact or a table: ended or logged, and by which event."""

    over: Tri = Tri.NO
    by: Any = None


@dataclass(slots=True)
class State:
    """What holds at one point. ``dead`` says how control has left, if it has.

    ``run`` is what ``wandb.run`` is; ``lives`` maps (kind, id) to what has become of it. ``ended`` is
    the event after which ``wandb.run`` is certainly none, as long as nothing may have started another;
    ``BEFORE`` where none has been started yet, ``OWN`` where the function being walked has started none.
    ``aside`` is the last run that was started, if it is one that the module ``wandb`` does not know of.
    """

    names: dict[str, Any]
    run: Any
    lives: dict[tuple[ObjectKind, int], Life] = field(default_factory=dict)
    dead: End = End.FALLS
    ended: int | None = None
    aside: int | None = None

    def copy(self) -> State:
        """A state to run a branch on."""
        return State(dict(self.names), self.run, dict(self.lives), self.dead, self.ended, self.aside)


BEFORE, OWN = -1, -2


def join_states(states: Iterable[State]) -> State:
    """The state after several branches; those that have left contribute nothing."""
    known = list(states)
    alive = [state for state in known if state.dead is End.FALLS]
    if not alive:
        ends = {state.dead for state in known}
        first = known[0]
        first.dead = ends.pop() if len(ends) == 1 else End.RETURNS
        return first
    result = alive[0]
    for other in alive[1:]:
        names = result.names
        for name, value in other.names.items():
            mine = names.get(name)
            if mine is not value:
                names[name] = value if mine is None else join(mine, value)
        result.run = join(result.run, other.run)
        if result.ended != other.ended:
            result.ended = None
        if result.aside != other.aside:
            result.aside = None
        for key, life in other.lives.items():
            own = result.lives.get(key)
            if own is life:
                continue
            if own is None:
                result.lives[key] = life
            elif own.over is not life.over:
                result.lives[key] = Life(Tri.UNKNOWN, own.by if own.by is not None else life.by)
    return result


def join(first: Any, second: Any) -> Any:
    """What a value is when it may be either: equal ones are one, many become unknown."""
    if first is second:
        return first
    found: list[Any] = []
    for value in (*_options(first), *_options(second)):
        for index, other in enumerate(found):
            if value is other or _same(value, other):
                break
            if type(value) is type(other) and type(value) in _BUILT and value.span is other.span is not None:
                # The same display walked again: the later walk knows as much, and what came after it.
                found[index] = value
                break
            if type(value) is Mapping and type(other) is Mapping and value.span is other.span is not None:
                merged = _merged(other, value)
                if merged is not None:
                    found[index] = merged
                    break
        else:
            found.append(value)
    if len(found) == 1:
        return found[0]
    if len(found) > MAX_OPTIONS:
        return Unknown(None, Why.BRANCH)
    return OneOf(None, tuple(found))


_BUILT = (DictObject, ListObject)


def _merged(first: Mapping, second: Mapping) -> Mapping | None:
    """One mapping for two walks of the same dict display, if both have the same keys."""
    if len(first.entries) != len(second.entries):
        return None
    entries = []
    for one, two in zip(first.entries, second.entries, strict=True):
        if one.span is not two.span or not (one.key is two.key or _same(one.key, two.key)):
            return None
        entries.append(Entry(one.key, join(one.value, two.value), one.span, one.certain and two.certain))
    return Mapping(first.span, first.id, tuple(entries), first.open or second.open, first.origin)


def _options(value: Any) -> tuple[Any, ...]:
    return value.options if isinstance(value, OneOf) else (value,)


def _same(first: Any, second: Any) -> bool:
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if isinstance(first, Nothing):
        return True
    if isinstance(first, Text):
        return (
            first.span is second.span
            and len(first.pieces) == len(second.pieces)
            and all(map(_same_piece, first.pieces, second.pieces))
        )
    if isinstance(first, Ref):
        return bool(first.kind is second.kind and first.id == second.id and first.name == second.name)
    if isinstance(first, Number | Flag):
        return bool(first.value == second.value and first.span is second.span)
    if isinstance(first, Items):
        return bool(first.span == second.span and first == second)
    if isinstance(first, Unknown):
        same = first.why is second.why and first.name == second.name and first.kind is second.kind
        same = same and first.offset == second.offset and first.fraction == second.fraction
        return bool(same and first.size == second.size)
    return False


def _same_piece(first: Any, second: Any) -> bool:
    if isinstance(first, Hole) and isinstance(second, Hole):
        return first.value is second.value or _same(first.value, second.value)
    return type(first) is type(second) and first.text == second.text and first.span is second.span


def candidates(value: Any) -> tuple[Any, ...]:
    """What a value may be when something is done with it: ``None`` would have raised."""
    if type(value) is not OneOf:
        return () if type(value) is Nothing else (value,)
    return tuple(option for option in value.options if type(option) is not Nothing)


def refs(value: Any, kind: ObjectKind) -> tuple[tuple[int, ...], bool]:
    """The objects of one kind that a value may be, and whether it is certainly one of them."""
    ids: list[int] = []
    sure = True
    for option in candidates(value):
        if isinstance(option, Ref) and option.kind is kind and option.id is not None:
            if option.id not in ids:
                ids.append(option.id)
        else:
            sure = False
    return tuple(ids), sure and bool(ids)


def single(value: Any) -> Any:
    """The one thing a value is, ``None`` left aside; ``None`` if it may be several."""
    if type(value) is not OneOf:
        return None if type(value) is Nothing else value
    found = candidates(value)
    return found[0] if len(found) == 1 else None


@dataclass(slots=True)
class Allowance:
    """How many parts of dicts and lists may still be taken down: one may grow and be logged line by line."""

    left: int


def frozen(value: Any, here: Frame, allowance: Allowance) -> AnyValue:
    """A value as plain data, as it is at this point of the program; a dict inside itself is cut off."""
    return _freeze(value, here, frozenset(), allowance)


def _freeze(value: Any, here: Frame, inside: frozenset[int], allowance: Allowance) -> AnyValue:
    if isinstance(value, DictObject | ListObject):
        is_dict = isinstance(value, DictObject)
        allowance.left -= len(value.writes if isinstance(value, DictObject) else value.items)
        if id(value) in inside or len(inside) > MAX_NESTING or allowance.left < 0:
            return Unknown(None, Why.OPERATION, kind=Kind.MAPPING if is_dict else Kind.SEQUENCE)
        inside = inside | {id(value)}
    if isinstance(value, DictObject):
        return value.snapshot(here, lambda inner: _freeze(inner, here, inside, allowance))
    if isinstance(value, ListObject):
        return Items(
            value.span,
            value.kind,
            tuple(_freeze(item, here, inside, allowance) for item in value.items),
            value.open,
            value.count,
        )
    if isinstance(value, Method | Partial):
        return Unknown(None, Why.OPERATION, kind=Kind.CALLABLE)
    if isinstance(value, OneOf):
        return OneOf(value.span, tuple(_freeze(option, here, inside, allowance) for option in value.options))
    if isinstance(value, Text) and any(
        isinstance(hole.value, DictObject | ListObject | Method) for hole in value.holes
    ):
        pieces = tuple(
            Hole(_freeze(piece.value, here, inside, allowance), piece.span, piece.format)
            if isinstance(piece, Hole)
            else piece
            for piece in value.pieces
        )
        return Text(value.span, pieces)
    result: AnyValue = value
    return result
