"""Where a file asks W&B for an artifact by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wbcheck.rule import AnyValue, ApiCall, ArtifactUsed, Model, ReferenceGiven, Span, Text, texts


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


def references(model: Model, methods: Sequence[str] = ("artifact",)) -> Iterator[Reference]:
    """Every text that an artifact is asked for by, each once; ``methods`` are those of the API that count."""
    seen: set[Span | None] = set()
    for event in model.events:
        if isinstance(event, ReferenceGiven):
            yield from (Reference(event, text, event.span) for text in texts(event.value))
        elif isinstance(event, ArtifactUsed) or (isinstance(event, ApiCall) and event.method in methods):
            argument = event.arguments.find("artifact_or_name") or event.arguments.find("name")
            for text in texts(argument.value) if argument is not None else ():
                place = text.span or (argument.span if argument is not None else None)
                if place is not None and argument is not None and place not in seen:
                    seen.add(place)
                    yield Reference(event, text, argument.span)
