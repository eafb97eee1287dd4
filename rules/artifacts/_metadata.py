"""What an artifact's metadata is given: at the constructor and later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ArtifactChanged,
    ArtifactMade,
    Dict,
    Entry,
    Model,
    Nothing,
    Span,
    Text,
    Tri,
    constant,
    options,
    texts,
)

from ._made import changes, logs

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
    for event in model.events:
        if isinstance(event, ArtifactMade):
            argument = event.arguments.find("metadata")
            if argument is not None:
                yield Whole(event, argument.value, argument.span)
        elif isinstance(event, ArtifactChanged) and event.attribute == "metadata" and not event.path:
            if event.how in _WHOLE and event.value is not None:
                yield Whole(event, event.value, event.span)


def singles(model: Model) -> Iterator[Single]:
    """Every key that is written into metadata, in source order."""
    for event in model.each(ArtifactChanged):
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


def is_logged(model: Model, made: ArtifactMade) -> bool:
    """Whether the file logs an artifact."""
    return any(logs(model, made.artifact))


def said(key: AnyValue | None) -> Text | None:
    """A key as text, as far as it is known."""
    return next(texts(key), None)
