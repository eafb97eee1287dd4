"""Where a file asks W&B for an artifact by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    ArtifactUsed,
    Event,
    Model,
    ReferenceGiven,
    Span,
    Text,
    texts,
)


class Reference(NamedTuple):
    """An artifact asked for by a text, by this event; ``place`` is the argument."""

    event: ArtifactUsed | ApiCall | ReferenceGiven
    text: Text
    place: Span

    @property
    def type(self) -> AnyValue | None:
        """The type that is asked for, where one is told."""
        return None if isinstance(self.event, ReferenceGiven) else self.event.get("type")


# What the API is asked for all versions of an artifact by, by its name alone.
BY_NAME = (
    "artifact_collection",
    "artifact_collection_exists",
    "artifact_exists",
    "artifact_versions",
    "artifacts",
)


def references(model: Model, methods: Sequence[str] = ("artifact",)) -> list[Reference]:
    """Every text that an artifact is asked for by, each once; ``methods`` are those of the API that count."""
    found: dict[Span, Reference] = {}
    for each in model.once(_references):
        if not isinstance(each.event, ApiCall) or each.event.method in methods:
            found.setdefault(each.text.span or each.place, each)
    return list(found.values())


def _references(model: Model) -> tuple[Reference, ...]:
    found = (each for event in model.events for each in _asked(event))
    return tuple(Reference(event, text, place) for event, value, place in found for text in texts(value))


def _asked(event: Event) -> Iterator[tuple[ArtifactUsed | ApiCall | ReferenceGiven, AnyValue | None, Span]]:
    """What an event gives a name by, and where."""
    if isinstance(event, ReferenceGiven):
        yield event, event.value, event.span
    elif isinstance(event, ArtifactUsed | ApiCall):
        argument = event.arguments.find("artifact_or_name") or event.arguments.find("name")
        if argument is not None:
            yield event, argument.value, argument.span
