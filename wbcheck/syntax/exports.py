"""What a walked file holds ready for those that import from it: its names and functions as plain data.

Functions are walked once more, unheard, with every parameter unknown: where such an unknown value comes out
again, in a result or a hole of a text, each caller has its own argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst
import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    AnyEvent,
    Argument,
    Arguments,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Asked,
    Call,
    ConfigWrite,
    DefineMetric,
    Escape,
    EscapeKind,
    Event,
    Finish,
    HelperCall,
    LocalCall,
    Log,
    RunAttribute,
    RunCall,
    RunStart,
    Via,
)
from wbcheck.model.exports import Constant, Export, Exports, Fields, Helper, HelperParameter, Taken
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
    Part,
    Piece,
    Ref,
    Text,
    Tri,
    Unknown,
    Why,
)
from wbcheck.syntax.drafts import RunDraft
from wbcheck.syntax.joining import MOST_DEEDS
from wbcheck.syntax.state import State

if TYPE_CHECKING:
    from wbcheck.syntax.drafts import ClassDraft, FunctionDraft
    from wbcheck.syntax.walker import Walker

MOST_NAMES = 200
MOST_PARTS = 400
STAR = "*"

_GLOBAL = re.compile(r"^[ \t]+global[ \t]+([^\n#]+)", re.MULTILINE)
# What nobody but a run is asked for, or few others.
_OF_A_RUN = re.compile(
    r"\b(\w+)\.(?:(?:log|finish|define_metric|(?:log|use|link)_(?:artifact|model))\(|summary\b)"
)
_DEEDS = frozenset({Log, DefineMetric, Finish, ArtifactUsed, ArtifactLogged})
_NOWHERE = Span(0, 0)
_MANAGED = ("contextmanager",)
# Decorators that leave what a function gives and does as it is.
_PLAIN = frozenset("functools.cache functools.lru_cache functools.wraps torch.no_grad".split())
# Objects that can be spoken of without saying which.
_SOME = frozenset(
    {
        ObjectKind.CONFIG,
        ObjectKind.SUMMARY,
        ObjectKind.ARTIFACT,
        ObjectKind.TABLE,
        ObjectKind.API,
        ObjectKind.ENVIRONMENT,
    }
)
_KEPT = frozenset({Why.CLOCK, Why.RANDOM, Why.ENVIRONMENT, Why.ARGUMENT, Why.CALL, Why.DOWNLOAD})


def exports_of(walker: Walker, wanted: frozenset[str]) -> Exports:
    """The exports of a file that has been walked, of the wanted names (all, if ``*`` is among them).

    What is not known is left out. The walker is of no other use any more.
    """
    names = walker.scope.names
    changed = {name.strip() for listed in _GLOBAL.findall(walker.unit.code) for name in listed.split(",")}
    chosen = [name for name in names if STAR in wanted or name in wanted]
    walker.muted = walker.exporting = True
    walker.relevance = None
    acting = _acting(walker)
    found: Exports = {}
    for name in chosen[:MOST_NAMES]:
        export = None if name in changed else _export(walker, names[name], acting)
        if export is not None:
            found[name] = export
    return found


def _acting(walker: Walker) -> set[int]:
    """The functions that use or log artifacts, or call such as do."""
    acting: set[int] = set()
    callers: dict[int, list[int]] = {}
    for event in walker.events:
        function = walker.blocks[event.block].function
        if function is None:
            continue
        if isinstance(event, ArtifactLogged | ArtifactUsed | ArtifactLinked | Asked):
            acting.add(function)
        elif isinstance(event, LocalCall):
            callers.setdefault(event.function, []).append(function)
    waiting = list(acting)
    while waiting:
        more = [caller for caller in callers.get(waiting.pop(), ()) if caller not in acting]
        acting.update(more)
        waiting += more
    return acting


def _export(walker: Walker, value: Any, acting: set[int]) -> Export | None:
    if isinstance(value, Ref):
        if value.kind is ObjectKind.SYMBOL:
            return walker.linked.get(value.name) or (Constant(value) if _is_ours(value.name) else None)
        if value.kind is ObjectKind.FUNCTION and value.id is not None:
            return _helper(walker, walker.functions[value.id], value.id in acting)
        if value.kind is ObjectKind.CLASS and value.id is not None:
            return _fields(walker, walker.classes[value.id])
    plain = _Plain(walker).of(walker.frozen(value))
    return None if isinstance(plain, Unknown) else Constant(plain)


def _is_ours(name: str) -> bool:
    return name == "wandb" or name.startswith("wandb.")


def _fields(walker: Walker, draft: ClassDraft) -> Fields | None:
    is_plain = not draft.derives and "__init__" not in draft.names and not draft.bases
    if not draft.fields or not is_plain:
        return None
    plain = _Plain(walker)
    return Fields(
        draft.name,
        tuple(
            (name, None if default is None else plain.of(walker.frozen(default)))
            for name, default in draft.fields.items()
        ),
    )


def _helper(walker: Walker, function: FunctionDraft, acts: bool) -> Helper | None:
    is_managed = any(name.endswith(_MANAGED) for name in function.decorators)
    is_plain = all(name in _PLAIN or name.endswith(_MANAGED) for name in function.decorators)
    if not is_plain or function.node.asynchronous is not None or function.class_id is not None:
        return None
    for other in walker.functions:
        other.calls = 0
    walker.restart()
    values = walker._unknown_parameters(function)
    asked = Unknown(None, Why.PARAMETER, "wandb.run")
    walker.state = State({}, asked)
    taken = _taken(walker, function, values)
    first = len(walker.events)
    walker.muted = False
    result = walker._body_of(function, values, alone=True)
    walker.muted = True
    if function.is_generator and not is_managed:
        return None
    plain = _Plain(walker, {id(value): name for name, value in values.items()}, taken)
    told = plain.of(walker.frozen(result))
    active = None if walker.state.run is asked else plain.of(walker.frozen(walker.state.run))
    lives = walker.state.lives
    does = tuple(plain.deeds(walker.events[first:]))
    over = tuple(str(lives[ObjectKind.RUN, run].over.value) for run in plain.runs)
    takes = tuple(Taken(name, str(lives[ObjectKind.RUN, run].over.value)) for run, name in taken.items())
    is_known = active is not None or not isinstance(told, Unknown) or told.why is Why.PARAMETER
    if len(does) > MOST_DEEDS:
        does = tuple(map(plain.loose, taken))
    if not (is_known or acts or does):
        return None
    return Helper(_parameters(walker, function, plain), told, over, active, acts, takes, does)


def _taken(walker: Walker, function: FunctionDraft, values: dict[str, Any]) -> dict[int, str]:
    """The parameters that a function uses as runs: each becomes one of its own."""
    body = walker.positions.body(function.node)
    code = walker.unit.code[body.start : body.end]
    taken: dict[int, str] = {}
    used = {match[1] for match in _OF_A_RUN.finditer(code)}
    for name in [name for name in values if name in used or name == "run" or name.endswith("_run")]:
        value = values[name]
        is_run = isinstance(value, Ref) and value.kind is ObjectKind.RUN and value.id is None
        if is_run or (isinstance(value, Unknown) and value.kind in (Kind.ANY, Kind.OBJECT)):
            number = len(walker.runs)
            walker.runs.append(RunDraft(number, -1))
            walker.set_life(ObjectKind.RUN, number, Tri.NO)
            values[name] = Ref(None, ObjectKind.RUN, number)
            taken[number] = name
    return taken


def _parameters(walker: Walker, function: FunctionDraft, plain: _Plain) -> tuple[HelperParameter, ...]:
    params = function.node.params
    listed = [(param, "", False) for param in (*params.posonly_params, *params.params)]
    if type(params.star_arg) is cst.Param:
        listed.append((params.star_arg, "*", False))
    listed.extend((param, "", True) for param in params.kwonly_params)
    if params.star_kwarg is not None:
        listed.append((params.star_kwarg, "**", False))
    found = []
    for param, star, keyword in listed:
        name = param.name.value
        default = function.defaults.get(name)
        kept = None if default is None else plain.of(walker.frozen(default))
        found.append(HelperParameter(name, star, keyword, kept))
    return tuple(found)


class _Plain:
    """Values without places, and without the objects of their file.

    ``given`` are the values that parameters were given, by identity, ``taken`` the runs that stand for
    parameters. ``runs`` are those met so far.
    """

    def __init__(
        self, walker: Walker, given: dict[int, str] | None = None, taken: dict[int, str] | None = None
    ) -> None:
        self.walker = walker
        self.given = given or {}
        self.taken = taken or {}
        self.runs: list[int] = []
        self.left = MOST_PARTS

    def of(self, value: AnyValue) -> AnyValue:
        """The same value for another file."""
        self.left -= 1
        if self.left < 0:
            return Unknown(None, Why.OPERATION)
        if id(value) in self.given:
            return Unknown(
                None,
                Why.PARAMETER,
                self.given[id(value)],
                value.kind if isinstance(value, Unknown) else Kind.ANY,
            )
        if isinstance(value, Text):
            return Text(None, tuple(self._piece(piece) for piece in value.pieces))
        if isinstance(value, Number | Flag | Nothing):
            return msgspec.structs.replace(value, span=None)
        if isinstance(value, Items):
            return Items(None, value.kind, tuple(map(self.of, value.items)), value.open, value.count)
        if isinstance(value, Mapping):
            entries = tuple(
                Entry(self.of(entry.key), self.of(entry.value), None, entry.certain)
                for entry in value.entries
            )
            return Mapping(None, 0, entries, value.open, value.origin)
        if isinstance(value, OneOf):
            return OneOf(None, tuple(map(self.of, value.options)))
        if isinstance(value, Ref):
            return self._object(value)
        if isinstance(value, Part):
            return Unknown(None, Why.CONFIG if value.of.kind is ObjectKind.CONFIG else Why.ATTRIBUTE)
        why = value.why if value.why in _KEPT else Why.CALL
        return Unknown(None, why, value.name if why is value.why else "", value.kind, fraction=value.fraction)

    def deeds(self, events: Sequence[Event]) -> Iterator[AnyEvent]:
        """What is done to runs that are not the function's own."""
        known = {event.name for event in events if isinstance(event, HelperCall)}
        for event in events:
            if isinstance(event, HelperCall):
                yield from self.deeds(event.does)
            elif isinstance(event, ArtifactMade):
                yield self._deed(event, artifact=-1)
            elif isinstance(event, RunStart) and event.run in self.runs:
                yield self._start(event, events)
            elif isinstance(event, RunCall) and (runs := self._takers(event)) is not None:
                more: dict[str, Any] = {"runs": runs, "finished": Tri.UNKNOWN, "finish": None, "at_hand": ""}
                if isinstance(event, ArtifactLogged):
                    more |= {"artifacts": (), "sure_artifact": False}
                elif isinstance(event, ArtifactUsed):
                    more |= {"artifact": None}
                if type(event) in _DEEDS:
                    yield self._deed(event, **more)
            elif isinstance(event, Escape) and event.how is not EscapeKind.RETURN and event.to not in known:
                thing = event.object
                if isinstance(thing, Ref) and thing.kind is ObjectKind.RUN and thing.id in self.taken:
                    yield msgspec.structs.replace(self.loose(thing.id), how=event.how, to=event.to)

    def _start(self, event: RunStart, events: Sequence[Event]) -> RunStart:
        """A run that is started for the caller; what is written into it afterwards may be anything."""
        changed = {other.attribute for other in events if isinstance(other, RunAttribute) and other.write}
        changed |= {"config" for other in events if isinstance(other, ConfigWrite)}
        deed: RunStart = self._deed(
            event,
            run=self.runs.index(event.run),
            # What it hands on is known to its caller.
            forwards=bool(event.arguments.splats),
            active=Tri.UNKNOWN,
            previous=None,
            again=None,
        )
        items = tuple(
            msgspec.structs.replace(item, value=Unknown(None, Why.CALL)) if item.name in changed else item
            for item in deed.arguments.items
        )
        return msgspec.structs.replace(deed, arguments=msgspec.structs.replace(deed.arguments, items=items))

    def loose(self, run: int) -> Escape:
        """That a run which is taken gets out of sight."""
        return Escape(-1, 0, _NOWHERE, Ref(None, ObjectKind.RUN, self._taker(run)), EscapeKind.CALL)

    def _takers(self, event: RunCall) -> tuple[int, ...] | None:
        """The caller's runs that something is done to: none of its own names where the module is asked."""
        if event.runs:
            return tuple(map(self._taker, event.runs)) if self.taken.keys() >= set(event.runs) else None
        return () if event.via is not Via.HANDLE else None

    def _taker(self, run: int) -> int:
        return -1 - list(self.taken).index(run)

    def _deed(self, event: Call, **more: Any) -> Any:
        arguments = Arguments(
            tuple(map(self._argument, event.arguments.items)),
            tuple(map(self._argument, event.arguments.splats)),
            _NOWHERE,
        )
        return msgspec.structs.replace(
            event,
            id=-1,
            block=0,
            span=_NOWHERE,
            callee=_NOWHERE,
            arguments=arguments,
            receiver=None,
            result=None,
            bound=(),
            **more,
        )

    def _argument(self, argument: Argument) -> Argument:
        return msgspec.structs.replace(argument, value=self.of(argument.value), span=_NOWHERE, keyword=None)

    def _piece(self, piece: Piece | Hole) -> Piece | Hole:
        if isinstance(piece, Piece):
            return Piece(piece.text, None)
        return Hole(self.of(piece.value), None, piece.format)

    def _may_be_disabled(self, run: int) -> bool:
        """Whether it may be a run that takes every call, also after its end."""
        start = self.walker.runs[run].start
        if self.walker.runs[run].elsewhere:
            return False  # that was asked where it is started
        event = self.walker.events[start] if start >= 0 else None
        return not isinstance(event, RunStart) or event.get("mode") is not None

    def _object(self, value: Ref) -> AnyValue:
        if value.kind is ObjectKind.RUN:
            if value.id in self.taken:
                return Unknown(None, Why.PARAMETER, self.taken[value.id])
            if value.id is None or self._may_be_disabled(value.id):
                return Ref(None, ObjectKind.RUN)
            if value.id not in self.runs:
                self.runs.append(value.id)
            return Ref(None, ObjectKind.RUN, self.runs.index(value.id))
        if value.kind in _SOME:
            return Ref(None, value.kind)
        if value.kind is ObjectKind.SYMBOL and _is_ours(value.name):
            return Ref(None, ObjectKind.SYMBOL, None, value.name)
        is_symbol = value.kind is ObjectKind.SYMBOL
        return Unknown(None, Why.IMPORT, value.name) if is_symbol else Unknown(None, Why.CALL)
