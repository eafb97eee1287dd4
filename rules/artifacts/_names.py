"""Where an artifact is given its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Argument,
    ArtifactLogged,
    ArtifactMade,
    Event,
    Hole,
    Model,
    Piece,
    Span,
    Text,
    Unknown,
    Why,
    is_written,
    texts,
)

LONGEST = 128
_FOREIGN = re.compile(r"[^A-Za-z0-9_.-]")
# A moment written as text: `2025-12-13 07:30:22`, `2025-12-13T07:30:22`, `Sat Dec 13 07:30:22 2025`.
_MOMENTS = frozenset(
    {
        *(
            f"datetime.datetime.{name}{written}"
            for name in ("now", "utcnow", "today")
            for written in ("", ".isoformat", ".ctime")
        ),
        "time.ctime",
        "time.asctime",
        "time.localtime",
        "time.gmtime",
    }
)
# The directives of strftime that stand for a time or date with colons or slashes in it.
_DIRECTIVES = frozenset({"%c", "%x", "%X", "%T", "%R", "%r", "%D"})


class Fault(NamedTuple):
    """Why a name raises, and the text that has to change."""

    span: Span | None
    what: str


def names(model: Model) -> tuple[tuple[Text, Span], ...]:
    """Every text that names an artifact, each of them once, with the argument that it is given by."""
    return model.once(_names)


def _names(model: Model) -> tuple[tuple[Text, Span], ...]:
    found: dict[Span | None, tuple[Text, Span]] = {}
    for argument, is_own in _given(model):
        for text in texts(argument.value):
            if is_own or is_written(text):
                place = next((piece.span for piece in text.constants), None) or text.span or argument.span
                found.setdefault(place, (text, argument.span))
    return tuple(found.values())


def _given(model: Model) -> Iterator[tuple[Argument, bool]]:
    """The argument that names an artifact: of the constructor, or where a path is logged as one.

    With it whether that is done in this file, and not by a function of another one.
    """
    for event in model.done(Event):
        if isinstance(event, ArtifactMade) or (
            isinstance(event, ArtifactLogged) and not event.artifacts and event.method != "finish_artifact"
        ):
            argument = event.arguments.find("name")
            if argument is not None:
                yield argument, event.id >= 0


def fault_of(text: Text) -> Fault | None:
    """Why `wandb.Artifact` refuses this name, if it certainly does."""
    for piece in text.pieces:
        if isinstance(piece, Piece):
            found = _FOREIGN.search(piece.text)
            if found is not None:
                return Fault(piece.span, f"has {letter(found.group())} in it")
        elif is_moment(piece):
            return Fault(text.span, "has a time in it that is written with colons")
    if text.known_length > LONGEST:
        return Fault(text.span, f"is longer than {LONGEST} characters")
    if text.constant == "":
        return Fault(text.span, "is empty")
    return None


def letter(character: str) -> str:
    """A character that must not be there, for a headline."""
    if character == " ":
        return "a space"
    return f"`{character}`" if character.isprintable() and character != "`" else "a forbidden character"


def is_moment(hole: Hole) -> bool:
    """Whether a hole is certainly filled with a time that has colons or slashes in it."""
    if hole.format:
        return hole.format in _DIRECTIVES
    value: AnyValue = hole.value
    return isinstance(value, Unknown) and value.why is Why.CLOCK and value.name in _MOMENTS
