"""The aliases and tags of artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLinked,
    ArtifactLogged,
    Items,
    Model,
    Span,
    Text,
    options,
)


class Word(NamedTuple):
    """An alias or a tag (``kind``) that an artifact is given, and the argument or statement that gives it.

    ``checked`` where W&B looks at it at once; what is appended in place only the server sees.
    """

    kind: str
    text: Text
    place: Span
    checked: bool


def words(model: Model) -> Iterator[Word]:
    """Every alias and tag that the file gives to an artifact, each once."""
    seen: set[Span | None] = set()
    for kind, value, place, checked in _given(model):
        for text in _texts(value):
            where = text.span or place
            if where not in seen:
                seen.add(where)
                yield Word(kind, text, place, checked)


_KINDS = {"aliases": "alias", "tags": "tag"}
_SETTING = ("assign", "+=")


def _given(model: Model) -> Iterator[tuple[str, AnyValue, Span, bool]]:
    for event in model.events:
        if isinstance(event, ArtifactLogged | ArtifactLinked | ArtifactCall):
            if isinstance(event, ArtifactCall) and event.method != "link":
                continue
            for argument in event.arguments.items:
                if argument.name in _KINDS:
                    yield _KINDS[argument.name], argument.value, argument.span, True
        elif isinstance(event, ArtifactChanged) and event.attribute in _KINDS and event.value is not None:
            if event.how in (*_SETTING, "append", "extend"):
                yield _KINDS[event.attribute], event.value, event.span, event.how in _SETTING


def _texts(value: AnyValue) -> Iterator[Text]:
    for option in options(value):
        if isinstance(option, Text):
            yield option
        elif isinstance(option, Items):
            for item in option.items:
                yield from (text for text in options(item) if isinstance(text, Text))
