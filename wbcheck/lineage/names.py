"""What a value is worth as a name: texts with their holes filled from configs and from callers.

A default of the command line is no value: ``args.input_artifact`` stays unknown, whatever its default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.events import Arguments, RunStart
from wbcheck.model.model import Model
from wbcheck.model.values import (
    AnyValue,
    Flag,
    Hole,
    Number,
    ObjectKind,
    OneOf,
    Part,
    Ref,
    Step,
    Text,
    Unknown,
    Why,
)
from wbcheck.model.values import Mapping as Dict

MOST_NAMES = 12
"""Where a value may be more texts than this, it counts as unknown."""
_DEEPEST = 6
# Attributes of a run, of wandb.Api() and of settings that say where the run itself lives.
_OWN_PLACE = (".entity", ".project", ".default_entity")


class Name(msgspec.Struct, frozen=True, order=True):
    """A text as far as it is known, with ``{}`` for each hole.

    ``hint`` is what a text comes from of which nothing is known. ``is_known`` where it has no hole.
    """

    text: str
    is_known: bool = True
    hint: str = ""


class Scope(msgspec.Struct, frozen=True):
    """Where a value stands, and what is known there of parameters and of the run that is at hand.

    ``run`` is a run of this file by its number. ``given`` are values for the parameters of a function that
    another file calls; they stand in ``outer``. ``strange`` are the spans of what other callers give that
    function: what is written there is not meant.
    """

    model: Model
    run: int | None = None
    given: Mapping[str, AnyValue] = {}
    outer: Scope | None = None
    strange: tuple[Span, ...] = ()


_NOTHING = Name("{}", is_known=False)


def names_of(value: AnyValue | None, scope: Scope, depth: int = 0) -> tuple[Name, ...]:
    """The texts that a value may be, each once; one that is not known where nothing is given."""
    if value is None or depth > _DEEPEST:
        return (_NOTHING,)
    if isinstance(value, Text):
        return _filled(value, scope, depth)
    if isinstance(value, Number | Flag):
        return (Name(str(value.value)),)
    if isinstance(value, OneOf):
        found = [name for option in value.options for name in names_of(option, scope, depth + 1)]
        told = [name for name in found if name != _NOTHING] if scope.strange else found
        return tuple(dict.fromkeys(told or found))
    if isinstance(value, Part):
        return _inside(value, scope, depth)
    if isinstance(value, Unknown):
        if value.why is Why.PARAMETER and value.name in scope.given and scope.outer is not None:
            return names_of(scope.given[value.name], scope.outer, depth + 1)
        return (Name("{}", is_known=False, hint=value.name),)
    return (Name("{}", is_known=False, hint=value.name if isinstance(value, Ref) else ""),)


def _filled(text: Text, scope: Scope, depth: int) -> tuple[Name, ...]:
    parts: list[tuple[Name, ...]] = []
    for piece in text.pieces:
        if not isinstance(piece, Hole):
            span = piece.span
            is_meant = span is None or not any(other.contains(span) for other in scope.strange)
            parts.append((Name(piece.text) if is_meant else _NOTHING,))
        elif piece.format:
            parts.append((Name("{}", is_known=False),))
        else:
            found = names_of(piece.value, scope, depth + 1)
            parts.append(found if len(found) <= MOST_NAMES else (_NOTHING,))
    ways = tuple(islice(product(*parts), MOST_NAMES + 1))
    if len(ways) > MOST_NAMES:
        ways = (tuple(part[0] if len(part) == 1 else _NOTHING for part in parts),)
    return tuple(dict.fromkeys(_joined(way) for way in ways))


def _joined(parts: tuple[Name, ...]) -> Name:
    if all(part.is_known for part in parts):
        return Name("".join(part.text for part in parts))
    is_bare = not any(part.is_known and part.text for part in parts)
    hints = [part.hint for part in parts if part.hint] if is_bare else []
    return Name("".join(map(_shown, parts)), is_known=False, hint=hints[0] if len(hints) == 1 else "")


def _shown(part: Name) -> str:
    """A part of a text; the run's own entity and project are told from other holes by their names."""
    own = part.text == "{}" and part.hint.endswith(_OWN_PLACE)
    return OWN if own else part.text


OWN = "{own}"
"""What stands in a name for the entity or the project of the run itself."""


def _inside(part: Part, scope: Scope, depth: int) -> tuple[Name, ...]:
    """What lies in a config, where the dict that was given for it is known."""
    dotted = "".join(f".{step.name or '?'}" for step in part.path)
    unknown = (Name("{}", is_known=False, hint=f"{part.of.name or _TOLD.get(part.of.kind, '')}{dotted}"),)
    if part.value is not None:
        return names_of(part.value, scope, depth + 1)
    if part.of.kind is not ObjectKind.CONFIG:
        return unknown
    number = scope.run if part.of.id is None else part.of.id
    start = scope.model.start_of(number) if number is not None else None
    if start is None:
        # The config of a run that was handed in is that of the caller's.
        outer = scope.outer if part.of.id is None else None
        return unknown if outer is None else _inside(part, outer, depth + 1)
    value = _found(start, part.path)
    return (
        unknown if value is None else names_of(value, msgspec.structs.replace(scope, run=number), depth + 1)
    )


_TOLD = {ObjectKind.CONFIG: "config", ObjectKind.ARGUMENTS: "args", ObjectKind.SUMMARY: "summary"}


def _found(start: RunStart, path: tuple[Step, ...]) -> AnyValue | None:
    value = start.get("config")
    for step in path:
        entry = value.find(step.name) if isinstance(value, Dict) and step.name is not None else None
        if entry is None or not entry.certain:
            return None
        value = entry.value
    return value


def given_to(arguments: Arguments, parameters: Iterator[tuple[str, AnyValue | None]]) -> dict[str, AnyValue]:
    """The values that a call gives for parameters, by their names; defaults where it gives none."""
    by_position = [item for item in arguments.items if item.position is not None]
    given: dict[str, AnyValue] = {}
    for number, (name, default) in enumerate(parameters):
        value = arguments.get(name)
        if value is None and number < len(by_position):
            value = by_position[number].value
        if value is None and not arguments.splats:
            value = default
        if value is not None:
            given[name] = value
    return given
