"""The semantic model of one file: the seam between syntax and rules.

Plain data, immutable and picklable; ids are indices into the model's own tuples. It is what is
sent between processes, and what is linked across the files of a project.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from heapq import merge
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from wbcheck.diagnostic import Span, within
from wbcheck.model.blocks import Block, BlockKind, Class, Function
from wbcheck.model.events import AnyEvent, Call, Escape, EscapeKind, Event, HelperCall, RunStart, Starter
from wbcheck.model.values import ObjectKind, Ref

E = TypeVar("E", bound=Event)
T = TypeVar("T")
_ANYHOW = tuple(EscapeKind)


class Import(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An import: the dotted path of what is imported, the name it is bound to, and where.

    ``block`` is where it runs; ``level`` the dots of a relative import. ``module`` is the module that is
    imported and ``written`` the whole path, both as they are written: ``target`` may have been given another
    name since.
    """

    target: str
    name: str
    span: Span
    block: int
    level: int = 0
    module: str = ""
    written: str = ""


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A run: the event that starts it, and the ``with`` block that ends it, if one does.

    ``names`` are those that hold it. ``finishes`` are the events that may end it. ``elsewhere`` is the dotted
    path of the function of another file that starts it, if one does: then ``start`` is -1.

    ``beyond`` is what is called when the block that starts it has been left, as far as no event tells of it:
    dotted paths of what is imported, ``?`` and what is written of the rest, ``global x`` for a name of the
    module's that holds the run.
    """

    id: int
    start: int
    with_block: int | None
    names: tuple[str, ...]
    finishes: tuple[int, ...]
    elsewhere: str = ""
    beyond: tuple[str, ...] = ()


class Runless(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event that asks the module (``wandb.log``, ``wandb.run``) for a run, where it certainly has none.

    ``event`` is its id. ``start`` is the event that has started a run of which the module does not know
    (``reinit="create_new"``), and ``at_hand`` a name that certainly holds it; without ``start`` none has been
    started yet. ``own`` when only this is certain: that the function it lies in has started none.
    """

    event: int
    start: int | None = None
    own: bool = False
    at_hand: str = ""


class Artifact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An artifact: the event that made it (``ArtifactMade``, or ``ArtifactUsed``/``ApiCall`` with ``used``).

    ``handed`` are the escapes by which other code may log or change it.
    """

    id: int
    made: int
    used: bool
    handed: tuple[int, ...] = ()


class Table(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A table and the event that made it."""

    id: int
    made: int


class Model(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """What a file does to W&B.

    ``path`` is the file as the user would write it. ``events`` are in source order, and an event's
    id is its index. ``statements`` are the spans of the statements (headers, for compound ones) that
    any span of the model lies in, sorted. ``binds_wandb`` is false where the file
    mentions W&B but nothing in it is bound to W&B: then nothing is judged. ``refusals`` are a notebook's
    cells that do not parse: cell number, reason, offset. ``runless`` are the events that ask the module for a
    run before it has one, in source order. ``asks`` is how often the text calls ``use_artifact`` or
    ``use_model``, of whatever object. ``stands_in`` where the text puts something else in the place of W&B.
    """

    path: str
    notebook: bool
    binds_wandb: bool
    blocks: tuple[Block, ...]
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    runs: tuple[Run, ...]
    artifacts: tuple[Artifact, ...]
    tables: tuple[Table, ...]
    imports: tuple[Import, ...]
    events: tuple[AnyEvent, ...]
    statements: tuple[Span, ...]
    refusals: tuple[tuple[int, str, int], ...] = ()
    runless: tuple[Runless, ...] = ()
    asks: int = 0
    stands_in: bool = False

    def each(self, kind: type[E]) -> Iterator[E]:
        """The events of one kind (and of its subclasses), in source order."""
        found: tuple[E, ...] | None = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = tuple(event for event in self.events if isinstance(event, kind))
        return iter(found)

    @cached_property
    def _kinds(self) -> dict[type[Event], tuple[Any, ...]]:
        """The events by their kinds, once they were asked for: most rules ask for the same few."""
        return {}

    def done(self, kind: type[E]) -> Iterator[E]:
        """The events of one kind, and those that functions of other files do where this one calls them.

        The latter have no ids; no question of order can be asked of them.
        """
        found: tuple[E, ...] | None = self._deeds.get(kind)
        if found is None:
            found = self._deeds[kind] = tuple(self._done(kind))
        return iter(found)

    def _done(self, kind: type[E]) -> Iterator[E]:
        for event in self.events:
            if isinstance(event, kind):
                yield event
            if isinstance(event, HelperCall):
                yield from (deed for deed in event.does if isinstance(deed, kind))

    @cached_property
    def _deeds(self) -> dict[type[Event], tuple[Any, ...]]:
        return {}

    def of_run(self, kind: type[E], run: int) -> Iterator[E]:
        """The events of one kind that are of a run, or of one that is not known, in source order."""
        known = self._of_runs.get(kind)
        if known is None:
            known = self._of_runs[kind] = _by_run(self.each(kind))
        return _of_run(known, run)

    def done_to(self, kind: type[E], run: int) -> Iterator[E]:
        """``of_run``, with what functions of other files do; see ``done``."""
        known = self._deeds_to.get(kind)
        if known is None:
            known = self._deeds_to[kind] = _by_run(self.done(kind))
        return _of_run(known, run)

    @cached_property
    def _of_runs(self) -> dict[type[Event], ByRun]:
        return {}

    @cached_property
    def _deeds_to(self) -> dict[type[Event], ByRun]:
        return {}

    @cached_property
    def starters(self) -> frozenset[Starter]:
        """What starts the runs of the file."""
        return frozenset(start.starter for start in self.each(RunStart))

    def once(self, make: Callable[[Model], T]) -> T:
        """What a rule works out of a whole file, for the first that asks: kept for the others."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @cached_property
    def _made(self) -> dict[Callable[[Model], Any], Any]:
        return {}

    def of_artifact(self, kind: type[E], artifact: int) -> Iterator[E]:
        """The events of one kind that are of an artifact, or may be, in source order."""
        known = self._of_artifacts.get(kind)
        if known is None:
            known = self._of_artifacts[kind] = {}
            for event in self.each(kind):
                for each in getattr(event, "artifacts", (getattr(event, "artifact", None),)):
                    known.setdefault(each, []).append(event)
        return iter(known.get(artifact, ()))

    @cached_property
    def _of_artifacts(self) -> dict[type[Event], dict[int | None, list[Any]]]:
        return {}

    def escapes_of(
        self, number: int, *kinds: ObjectKind, how: Collection[EscapeKind] = _ANYHOW, maybe: bool = False
    ) -> Iterator[Escape]:
        """Where a run, an artifact or a table goes in these ways, each kind in source order.

        ``kinds`` are what goes: the thing itself, or what leads to it, as its config and its logger do. With
        ``maybe`` also where something goes that may be it.
        """
        for kind in kinds:
            for each in (None, number) if maybe else (number,):
                yield from (escape for escape in self._escapes.get((kind, each), ()) if escape.how in how)

    @cached_property
    def _escapes(self) -> dict[tuple[ObjectKind, int | None], list[Escape]]:
        found: dict[tuple[ObjectKind, int | None], list[Escape]] = {}
        for escape in self.each(Escape):
            if isinstance(escape.object, Ref):
                found.setdefault((escape.object.kind, escape.object.id), []).append(escape)
        return found

    def calls(self, *names: str) -> bool:
        """Whether something of one of these names is called."""
        return not self._called.isdisjoint(names)

    @cached_property
    def _called(self) -> frozenset[str]:
        return frozenset(event.name for event in self.each(Call))

    def followed(self) -> frozenset[str]:
        """The functions of other files, by their dotted paths, of which all is known that they do to the runs
        that this file gives them.
        """
        return self._followed

    @cached_property
    def _followed(self) -> frozenset[str]:
        calls = list(self.each(HelperCall))
        loose = {call.name for call in calls if any(isinstance(deed, Escape) for deed in call.does)}
        return frozenset(call.name for call in calls) - loose

    def start_of(self, run: int | None) -> RunStart | None:
        """The event that starts a run, where it is one of this file."""
        if run is None or self.runs[run].start < 0:
            return None
        event = self.events[self.runs[run].start]
        return event if isinstance(event, RunStart) else None

    def imports_module(self, *roots: str) -> bool:
        """Whether any of these modules, or something inside them, is imported."""
        return any(
            entry.target == root or entry.target.startswith(root + ".")
            for entry in self.imports
            for root in roots
        )

    def enclosing(self, block: int | None) -> Iterator[Block]:
        """The block and those around it, innermost first."""
        while block is not None:
            current = self.blocks[block]
            yield current
            block = current.parent

    def function_of(self, event: Event) -> Function | None:
        """The innermost function an event lies in, if any."""
        owner = self.blocks[event.block].function
        return None if owner is None else self.functions[owner]

    def loops_of(self, event: Event) -> tuple[Block, ...]:
        """The loops around an event within its function, innermost first."""
        loops = []
        for block in self.enclosing(event.block):
            if block.kind in (BlockKind.FUNCTION, BlockKind.LAMBDA):
                break
            if block.kind in (BlockKind.LOOP, BlockKind.COMPREHENSION):
                loops.append(block)
        return tuple(loops)

    def statement_at(self, span: Span) -> Span | None:
        """The statement (or header) that a span lies in."""
        return within(self.statements, span)


ByRun = dict[int | None, list[tuple[int, Any]]]
"""Events by the runs that they are certainly of, by ``None`` if that is not known: each with its place."""


def _by_run(events: Iterable[Event]) -> ByRun:
    found: ByRun = {}
    for place, event in enumerate(events):
        runs: tuple[int, ...] = getattr(event, "runs", ())
        for run in (runs if getattr(event, "sure", False) else None) or (None,):
            found.setdefault(run, []).append((place, event))
    return found


def _of_run(known: ByRun, run: int) -> Iterator[Any]:
    return (event for _, event in merge(known.get(run, ()), known.get(None, ()), key=itemgetter(0)))


_encoder = msgspec.msgpack.Encoder()
_RESPELLED = b"\xc1"  # the byte that MessagePack never begins with


def encode(model: Model) -> bytes:
    """A model as MessagePack: what workers send and caches keep."""
    try:
        return _encoder.encode(model)
    except UnicodeEncodeError:
        # Halves of surrogate pairs, from escapes in texts and odd file names, are no UTF-8.
        return _RESPELLED + _encoder.encode(
            _respelled(model, lambda text: text.encode("utf-8", "surrogatepass").decode("latin-1"))
        )


def decode(data: bytes) -> Model:
    """A model back from ``encode``. Raises ``msgspec.DecodeError`` on anything else."""
    if not data.startswith(_RESPELLED):
        return msgspec.msgpack.decode(data, type=Model)
    model = msgspec.msgpack.decode(memoryview(data)[1:], type=Model)
    respelled: Model = _respelled(model, lambda text: text.encode("latin-1").decode("utf-8", "surrogatepass"))
    return respelled


def _respelled(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data with every text in it changed."""
    if type(value) is str:
        return change(value)
    if isinstance(value, tuple):
        return tuple(_respelled(item, change) for item in value)
    if isinstance(value, msgspec.Struct):
        fields = value.__struct_fields__
        return type(value)(**{name: _respelled(getattr(value, name), change) for name in fields})
    return value
