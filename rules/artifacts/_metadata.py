"""What an artifact's metadata is given: at the constructor and later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ArtifactChanged,
    ArtifactLogged,
    ArtifactMade,
    Dict,
    Entry,
    EscapeKind,
    Event,
    Model,
    Nothing,
    RunStart,
    Span,
    Tri,
    constant,
    options,
    texts,
)

from ._made import changes, handed, is_passed_on, logs

_WHOLE = ("assign", "update", "|=")


class Whole(NamedTuple):
    """Metadata given as a whole, by an event: a constructor's argument, an assignment, an update."""

    event: ArtifactMade | ArtifactChanged
    value: AnyValue
    place: Span


class Single(NamedTuple):
    """One key of metadata written: ``artifact.metadata["k"] = v``."""

    event: ArtifactChanged
    key: AnyValue
    value: AnyValue
    place: Span


def wholes(model: Model) -> Iterator[Whole]:
    """Everything that is given as metadata, in source order."""
    return _wholes(event for event in model.events if isinstance(event, ArtifactMade | ArtifactChanged))


def _wholes(events: Iterable[ArtifactMade | ArtifactChanged]) -> Iterator[Whole]:
    for event in events:
        if isinstance(event, ArtifactMade):
            argument = event.arguments.find("metadata")
            if argument is not None:
                yield Whole(event, argument.value, argument.span)
        elif event.attribute == "metadata" and not event.path:
            if event.how in _WHOLE and event.value is not None:
                yield Whole(event, event.value, event.span)


def singles(model: Model) -> Iterator[Single]:
    """Every key that is written into metadata, in source order."""
    return _singles(model.each(ArtifactChanged))


def _singles(events: Iterable[ArtifactChanged]) -> Iterator[Single]:
    for event in events:
        if event.attribute == "metadata" and len(event.path) == 1 and event.how == "item":
            if event.value is not None:
                yield Single(event, event.path[0].key, event.value, event.span)


def entries_of(model: Model, made: ArtifactMade) -> tuple[Entry, ...] | None:
    """The keys that an artifact is logged with, of those that are written by then; ``None`` if there may be
    others, or if none are given at all."""
    found: list[Entry] = []
    given = made.get("metadata")
    if made.arguments.given("metadata") is Tri.UNKNOWN or not _take(found, given):
        return None
    for change in changes(model, made.artifact, "metadata"):
        if change.logged is Tri.YES:
            continue
        if change.how == "item" and len(change.path) == 1 and change.value is not None:
            found.append(Entry(change.path[0].key, change.value, change.span, certain=True))
        elif change.path and change.how != "item":
            continue
        elif change.how not in _WHOLE or not _take(found, change.value):
            return None
    return tuple(found) if found else None


def known_entries(model: Model, artifact: int) -> Iterator[Entry]:
    """The keys that an artifact is given before it is logged, whether or not there may be others."""
    in_time = [
        change
        for change in model.of_artifact(ArtifactChanged, artifact)
        if change.artifact == artifact and change.logged is not Tri.YES
    ]
    for whole in _wholes([*model.of_artifact(ArtifactMade, artifact), *in_time]):
        for option in options(whole.value):
            yield from option.entries if isinstance(option, Dict) else ()
    for single in _singles(in_time):
        yield Entry(single.key, single.value, single.place)


def _take(found: list[Entry], value: AnyValue | None) -> bool:
    """Add the entries of what is given, unless it may hold others."""
    for option in options(value):
        if isinstance(option, Dict):
            if option.open or any(constant(entry.key) is None for entry in option.entries):
                return False
            found.extend(option.entries)
        elif not isinstance(option, Nothing):
            return False
    return True


def keys_of(entries: tuple[Entry, ...]) -> frozenset[str]:
    """The constant keys, in lower case."""
    return frozenset(text.constant.lower() for entry in entries for text in texts(entry.key) if text.constant)


def type_of(made: ArtifactMade) -> str | None:
    """An artifact's type, if it is known."""
    return constant(made.get("type"))


def lacking(model: Model, made: ArtifactMade) -> tuple[Entry, ...] | None:
    """The entries of an artifact's metadata, if it is logged and they are certainly all that it is given."""
    logged = tuple(logs(model, made.artifact))
    if not logged or is_passed_on(model, made) or any(_is_forwarded(model, event) for event in logged):
        return None
    if any(escape.how in (EscapeKind.CALL, EscapeKind.CLOSURE) for escape in handed(model, made.artifact)):
        return None
    return entries_of(model, made)


def _is_forwarded(model: Model, event: Event) -> bool:
    """Whether a logger integration logs an artifact: it cannot know what it is about."""
    if not isinstance(event, ArtifactLogged):
        return False
    if event.runs:
        starts = [model.start_of(run) for run in event.runs]
        return any(start is not None and start.forwards for start in starts)
    function = model.function_of(event)
    of_class = None if function is None else function.class_id
    for start in model.each(RunStart) if of_class is not None else ():
        starter = model.function_of(start)
        if start.forwards and starter is not None and starter.class_id == of_class:
            return True
    return False


def metadata_place(made: ArtifactMade) -> Span:
    """Where what is missing in metadata would have to stand: in the dict, where it is written in the call."""
    argument = made.arguments.find("metadata")
    if argument is None:
        return made.callee
    span = argument.value.span
    return span if span is not None and argument.span.contains(span) else argument.span


def inner_keys(entries: tuple[Entry, ...]) -> frozenset[str]:
    """The constant keys at any depth, in lower case."""
    found = set(keys_of(entries))
    for entry in entries:
        for option in options(entry.value):
            if isinstance(option, Dict):
                found |= inner_keys(option.entries)
    return frozenset(found)
