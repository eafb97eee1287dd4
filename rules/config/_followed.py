"""What becomes of the config of a run, as far as a file's text tells of more than its model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from wbcheck.rule import (
    ArtifactChanged,
    Call,
    ConfigRead,
    ConfigWrite,
    LocalCall,
    Model,
    ObjectKind,
    Ref,
    RunStart,
    Span,
    bound_to,
    mentions,
)


class Cover:
    """Some spans, asked for places that lie in one of them."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [span.start for span in ordered]
        self._ends = list(accumulate((span.end for span in ordered), max))

    def __contains__(self, place: Span) -> bool:
        before = bisect_right(self._starts, place.start)
        return before > 0 and self._ends[before - 1] >= place.end


def unfollowed(model: Model, text: str) -> Iterator[tuple[str, Span]]:
    """The mentions of configs of runs, and of the names that these are bound to, of which no event tells."""
    seen = Cover(e.span for e in model.events if isinstance(e, ConfigRead | ConfigWrite | RunStart))
    bindings = list(aliases(text, model))
    bound_at = {place for _, place in bindings}
    for chain in _chains(model):
        for place in mentions(text, chain):
            if place not in seen and place not in bound_at:
                yield chain, place
    for name, bound in bindings:
        # What an object holds is known wherever the object is.
        home = None if "." in name else _function_at(model, bound)
        for place in mentions(text, name):
            function, statement = _function_at(model, place), model.statement_at(place)
            if place in seen or place == bound or not _is_within(model, function, home):
                continue
            if statement is not None and statement == model.statement_at(bound):
                continue
            if place.end <= bound.start and text[place.end : bound.start].strip() == "=":
                continue
            if place.start < bound.start and function == home:
                continue
            if function != home and _is_own(model, function, name):
                continue
            yield name, place


def is_in(place: Span, spans: list[Span]) -> bool:
    return any(span.contains(place) for span in spans)


def in_metadata(model: Model) -> Cover:
    """Where artifacts are given their metadata: what is copied there goes nowhere else."""
    spans: list[Span] = []
    for event in model.events:
        given = event.arguments.find("metadata") if isinstance(event, Call) else None
        spans += [] if given is None else [given.span]
        if isinstance(event, ArtifactChanged) and event.attribute == "metadata" and event.value is not None:
            spans += [] if event.value.span is None else [event.value.span]
    return Cover(spans)


def _chains(model: Model) -> Iterator[str]:
    """The ways to the config of a run that a file may write: `run.config`, `wandb.config`."""
    modules = {entry.name for entry in model.imports if entry.target == "wandb"} or {"wandb"}
    names = {name for run in model.runs for name in run.names}
    for call in model.each(LocalCall):
        function = model.functions[call.function]
        for argument in call.arguments.items:
            if isinstance(argument.value, Ref) and argument.value.kind is ObjectKind.RUN:
                names.update(p.name for p in function.parameters if p.name == argument.name)
    for name in sorted(names):
        yield f"{name}.config"
    for name in sorted(modules):
        yield f"{name}.config"
        yield f"{name}.run.config"


def aliases(text: str, model: Model) -> Iterator[tuple[str, Span]]:
    """The names that a config is bound to, each with the chain that it is bound to."""
    for chain in _chains(model):
        for place in mentions(text, chain):
            name = bound_to(text, place)
            if name:
                yield name, place
    for call in model.each(LocalCall):
        for argument in call.arguments.items:
            value = argument.value
            if isinstance(value, Ref) and value.kind is ObjectKind.CONFIG and argument.name:
                for parameter in model.functions[call.function].parameters:
                    if parameter.name == argument.name:
                        yield argument.name, parameter.span


def _function_at(model: Model, place: Span) -> int | None:
    """The innermost function that a place lies in."""
    found = [f for f in model.functions if model.blocks[f.block].span.contains(place)]
    return max(found, key=lambda f: model.blocks[f.block].span.start).id if found else None


def _is_within(model: Model, function: int | None, home: int | None) -> bool:
    """Whether what a function binds can be meant in another one: it lies in it, or is it."""
    while function is not None and function != home:
        around = model.blocks[model.functions[function].block].parent
        function = None if around is None else model.blocks[around].function
    return function == home


def _is_own(model: Model, function: int | None, name: str) -> bool:
    """Whether a function has a parameter of this name."""
    return function is not None and any(p.name == name for p in model.functions[function].parameters)
