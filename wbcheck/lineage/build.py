"""From models to the graph: who does what, then which names are one artifact.

A run that is handed to a function of another file does there what it does; where that is followed, the
function itself stands for no run of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from wbcheck.lineage.acts import Act, Deed, Named, RunKey, artifacts_of, deeds_of
from wbcheck.lineage.calls import Bodies, Modules
from wbcheck.lineage.graph import UNKNOWN, EdgeKind, Lineage, Run, Site
from wbcheck.lineage.joining import joined
from wbcheck.lineage.names import Scope, given_to, names_of
from wbcheck.lineage.trainers import checkpoints_of, trainers_own
from wbcheck.model.blocks import Function
from wbcheck.model.events import (
    ApiCall,
    ArtifactCall,
    ArtifactMade,
    Call,
    Escape,
    EscapeKind,
    Event,
    HelperCall,
    RunCall,
    RunStart,
    TrainerMade,
)
from wbcheck.model.model import Model
from wbcheck.model.values import AnyValue, ObjectKind, Ref, Tri
from wbcheck.project import Project

_DEEPEST = 4
_MOST_WORDS = 3


def lineage_of(models: Iterable[Model], project: Project, beside: Iterable[Model] = ()) -> Lineage:
    """The graph of these files, which are linked in this project; its tests are left out.

    ``beside`` are files that are only looked into where one of these calls their functions.
    """
    ours = [model for model in models if model.path in project.facts.homes]
    return _Builder(sorted(ours, key=lambda model: model.path), list(beside), project).lineage()


class _Caller(msgspec.Struct, frozen=True):
    """Whose runs a function of another file works for.

    ``handed`` is the run that it is handed, or that is active when it is called; ``started`` are those that
    it starts for its caller, by their numbers in its own file. ``is_sure`` where it can be no other run.
    """

    handed: RunKey | None
    started: Mapping[int, RunKey]
    is_sure: bool = True


class _Builder:
    def __init__(self, models: list[Model], beside: list[Model], project: Project) -> None:
        self.models = models
        self.project = project
        self.known = known = [*models, *beside]
        self.modules = Modules(known)
        self.bodies = {model.path: Bodies(model) for model in known}
        self.runs: dict[RunKey, Run] = {}
        self.acts: list[Act] = []
        # What has been attributed to the runs of callers, by file and number of the event.
        self.done: set[tuple[str, int]] = set()

    def lineage(self) -> Lineage:
        """All of it."""
        for model in self.models:
            for event in model.events:
                if isinstance(event, HelperCall | Escape):
                    self._follow(event, Scope(model), None, 0)
        for model in self.models:
            for start in model.each(RunStart):
                if (model.path, start.id) not in self.done:
                    self._start(start, Scope(model), (model.path, start.run), start)
            for made in trainers_own(model):
                self._trainer(model, made)
        for model in self.models:
            for event in model.events:
                if (model.path, event.id) not in self.done:
                    self._look(event, Scope(model))
        # A run may be asked for at a place that turned out to be none of its own.
        acts = [act for act in self.acts if act.run in self.runs]
        return joined(self.known, self.runs, acts, self._idle())

    def _idle(self) -> Iterator[tuple[str, Named]]:
        """The artifacts that are made, and with which nothing is known to be done."""
        used = {act.named.made for act in self.acts}
        for model in self.models:
            for made in model.each(ArtifactMade):
                if (model.path, made.artifact) not in used:
                    for named in artifacts_of(Scope(model), made.artifact):
                        yield self.project.facts.own[model.path], named

    # Runs

    def _start(self, start: RunStart, scope: Scope, key: RunKey, at: Event) -> None:
        """A run, with its start as it is there, and the event of the file ``key`` is of that leads to it."""
        path, number = scope.model.path, start.run
        home = self.project.facts.homes[path][number] if path in self.project.facts.homes else ""
        self.runs[key] = Run(
            site=Site(key[0], at.span),
            name=_told(start, "name", scope),
            job_type=_told(start, "job_type", scope),
            starter=start.starter.value,
            home=home,
            project="" if home.startswith("?") else home.partition("/")[2],
            start=key[1] if isinstance(key[1], int) else None,
            origin=Site(path, start.span),
        )
        self._note_checkpoints(scope.model, start, key)

    def _trainer(self, model: Model, made: TrainerMade) -> None:
        """The run that a Trainer starts itself."""
        key = (model.path, f"trainer {made.id}")
        home = self.project.facts.own[model.path]
        self.runs[key] = Run(Site(model.path, made.span), "", "", "Trainer", home=home)
        self._note_checkpoints(model, made, key)

    def _unknown(self, model: Model, event: Event) -> RunKey:
        """What stands for a run of which only the function, or the file, is known that has it."""
        function = None if isinstance(event, ApiCall) else model.function_of(event)
        words = "" if function is None else function.qualname
        key = (model.path, words)
        if key not in self.runs:
            span = event.span if function is None else function.name_span
            home = self.project.facts.own[model.path]
            self.runs[key] = Run(Site(model.path, span), "", "", "", words, home=home)
        return key

    def _note_checkpoints(self, model: Model, event: RunStart | TrainerMade, key: RunKey) -> None:
        site = Site(model.path, event.span)
        for named in checkpoints_of(model, event, self.project):
            self.acts.append(Act(key, named, EdgeKind.LOG, (), site, is_certain=True))

    # What they do

    def _look(self, event: Event, scope: Scope) -> None:
        """What an event does in its own file."""
        model = scope.model
        if isinstance(event, TrainerMade) and event.run is not None:
            self._note_checkpoints(model, event, (model.path, event.run))
        for deed in deeds_of(event, scope):
            there: list[RunKey] = [(model.path, run) for run in _runs_at(model, event)]
            keys = [key for key in there if key in self.runs]
            is_sure = len(keys) == 1 and _is_sure(event)
            for key in keys or [self._unknown(model, event)]:
                self._note(key, deed, event, scope, is_sure or not keys)

    def _note(self, key: RunKey, deed: Deed, event: Event, scope: Scope, is_sure: bool) -> None:
        site = Site(scope.model.path, event.span)
        for named in deed.named:
            versions = (named.version,) if named.version else deed.versions
            self.acts.append(Act(key, named, deed.kind, versions, site, is_sure and deed.is_certain))

    def _follow(self, event: HelperCall | Escape, scope: Scope, caller: _Caller | None, depth: int) -> None:
        """What a function of another file does with the runs and artifacts that it is handed, or starts."""
        arguments = event.arguments
        target = event.name if isinstance(event, HelperCall) else event.to
        if arguments is None or depth > _DEEPEST:
            return
        if isinstance(event, Escape) and (event.how is not EscapeKind.CALL or self._is_told(event, scope)):
            return
        found = self.modules.functions(target, scope.model.path)
        if found is None or found[0] is scope.model:
            return
        model, functions = found
        given: dict[str, AnyValue] = {}
        for number in functions:
            function = model.functions[number]
            if len(functions) == 1 or function.name == "__init__":
                given.update(given_to(arguments, _parameters(function)))
        handed = self._handed(event, scope, caller)
        bodies = self.bodies[model.path]
        reached = bodies.reached(functions)
        outer = msgspec.structs.replace(scope, run=_number(handed, scope))
        inner = Scope(model, None, given, outer, bodies.strange(reached))
        events = [each for number in reached for each in bodies.events.get(number, ())]
        started: dict[int, RunKey] = {}
        if isinstance(event, HelperCall):
            starts = [each for each in events if isinstance(each, RunStart)]
            for number, start in zip(event.runs, starts, strict=False):
                key = _key_of(scope, number, caller)
                if key is not None:
                    started[start.run] = key
                    self.done.add((model.path, start.id))
                    self._start(start, inner, key, event)
        self._work(events, inner, _Caller(handed, started, caller is None or caller.is_sure), depth)

    def _work(self, events: Iterable[Event], scope: Scope, caller: _Caller, depth: int) -> None:
        model = scope.model
        for event in events:
            if isinstance(event, HelperCall | Escape):
                self._follow(event, scope, caller, depth + 1)
            runs = _runs_at(model, event)
            own = [caller.started[run] for run in runs if run in caller.started]
            keys: list[RunKey] = list(own) or ([] if runs or caller.handed is None else [caller.handed])
            for deed in deeds_of(event, scope) if keys else ():
                self.done.add((model.path, event.id))
                for key in keys:
                    self._note(key, deed, event, scope, is_sure=caller.is_sure and len(keys) == 1)

    def _is_told(self, event: Escape, scope: Scope) -> bool:
        """Whether the call that takes something is an event of its own."""
        return any(
            call.name == event.to and call.span.contains(event.span) for call in scope.model.each(HelperCall)
        )

    def _handed(self, event: HelperCall | Escape, scope: Scope, caller: _Caller | None) -> RunKey | None:
        """The run that a function works for: handed to it, active, or that of its caller's caller."""
        model = scope.model
        arguments = event.arguments
        values = [item.value for item in arguments.items] if arguments is not None else []
        for value in values:
            if isinstance(value, Ref) and value.kind in (ObjectKind.RUN, ObjectKind.LOGGER):
                return _key_of(scope, value.id, caller)
        if isinstance(event, HelperCall) and event.run is not None:
            return _key_of(scope, event.run, caller)
        if caller is not None:
            return caller.handed
        return (model.path, 0) if len(model.runs) == 1 and isinstance(event, Escape) else None


def _key_of(scope: Scope, run: int | None, caller: _Caller | None) -> RunKey | None:
    """A run of the file of this scope, as the outermost caller has it."""
    if run is not None and caller is not None:
        return caller.started.get(run)
    if run is not None:
        return (scope.model.path, run)
    return None if caller is None else caller.handed


def _number(key: RunKey | None, scope: Scope) -> int | None:
    """The number of a run, where it is one of the file of this scope."""
    return key[1] if key is not None and key[0] == scope.model.path and isinstance(key[1], int) else None


def _runs_at(model: Model, event: Event) -> tuple[int, ...]:
    """The runs of its file that an event may be of; that of a helper's parameter is of none."""
    if isinstance(event, RunCall):
        return event.runs
    if isinstance(event, ApiCall):
        return () if event.run is None else (event.run,)
    if isinstance(event, Call) and isinstance(event.receiver, Ref):
        if event.receiver.kind is ObjectKind.LOGGER and event.receiver.id is not None:
            return (event.receiver.id,)
    # An artifact that is saved does not say which run is active.
    return (0,) if isinstance(event, ArtifactCall) and len(model.runs) == 1 else ()


def _parameters(function: Function) -> Iterator[tuple[str, AnyValue | None]]:
    """The parameters that a call fills by position, then those by name; without ``self``."""
    own = 1 if function.class_id is not None and "staticmethod" not in function.decorators else 0
    for parameter in function.parameters[own:]:
        if not parameter.star:
            yield parameter.name, parameter.default


def _is_sure(event: Event) -> bool:
    return event.sure if isinstance(event, RunCall) else True


def _told(start: RunStart, word: str, scope: Scope) -> str:
    """A part of a run's identity: all that it may be, as far as that is known."""
    given = start.arguments.given(word)
    if given is Tri.NO:
        return ""
    names = names_of(start.get(word), scope)
    if len(names) > _MOST_WORDS or any(name.text == "{}" for name in names):
        return UNKNOWN
    return " | ".join(name.text for name in names)
