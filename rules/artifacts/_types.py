"""The types that artifacts are given."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import ArtifactLogged, ArtifactMade, Model, Span, Text, texts


def types(model: Model) -> Iterator[tuple[Text, Span]]:
    """Every text that is an artifact's type, each once, with the argument that gives it."""
    seen: set[Span] = set()
    for event in model.events:
        if isinstance(event, ArtifactMade) or (isinstance(event, ArtifactLogged) and not event.artifacts):
            argument = event.arguments.find("type")
            for text in texts(argument.value) if argument is not None else ():
                if argument is not None and (text.span or argument.span) not in seen:
                    seen.add(text.span or argument.span)
                    yield text, argument.span
