"""What a file holds ready for those that import from it: values without places, and what its functions do.

Plain data, as the model is. Nothing in it has a span: it is used in other files than it was written in.
"""

from __future__ import annotations

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    AnyEvent,
    ArtifactChanged,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Call,
    ConfigWrite,
    DefineMetric,
    EnvironmentSet,
    Escape,
    EscapeKind,
    Log,
    RunAttribute,
    RunStart,
    SummaryWrite,
    TableMade,
    TrainingArguments,
)
from wbcheck.model.model import Model
from wbcheck.model.values import AnyValue, Mapping, ObjectKind, Ref, Text, Unknown, options

MOST_ASIDE = 64 * 1024
"""How long a file may be that is none of W&B's and is read for some of its names.

Files of constants and configs are short; a long one costs more to read than its names are worth."""


class Constant(msgspec.Struct, frozen=True, array_like=True, tag="constant"):
    """A name that holds a value: what it is when the module has run."""

    value: AnyValue


class HelperParameter(msgspec.Struct, frozen=True, array_like=True):
    """A parameter of a helper: its default if it has one, ``*`` or ``**`` for the collecting ones."""

    name: str
    star: str = ""
    keyword: bool = False
    default: AnyValue | None = None


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """A parameter that is used as a run, and whether that run has ended when the function returns."""

    name: str
    over: str


class Helper(msgspec.Struct, frozen=True, array_like=True, tag="helper"):
    """A function. ``result`` is what it gives, with ``Unknown(PARAMETER, name)`` for what it was given.

    A run that it starts is a ``Ref`` to a run whose id counts those of this helper: ``runs`` says of each
    whether it has certainly ended (or not) when the function returns. ``active`` is what ``wandb.run``
    is then: ``None`` where it is what it was. It ``acts`` where it uses or logs artifacts. ``takes`` are the
    parameters that it uses as runs, ``does`` is what it does to these and to the active run: events whose
    places mean nothing, and in which ``-1 - n`` is the ``n``th run that it takes.
    """

    parameters: tuple[HelperParameter, ...]
    result: AnyValue
    runs: tuple[str, ...] = ()
    active: AnyValue | None = None
    acts: bool = False
    takes: tuple[Taken, ...] = ()
    does: tuple[AnyEvent, ...] = ()


class Fields(msgspec.Struct, frozen=True, array_like=True, tag="fields"):
    """A class that is a list of fields (a dataclass), each with its default."""

    name: str
    fields: tuple[tuple[str, AnyValue | None], ...]


Export = Constant | Helper | Fields
Exports = dict[str, Export]


class Context(msgspec.Struct, frozen=True):
    """What a file has to do with others.

    ``linked`` are names that it imports from them, by the dotted path that it imports them by; ``wanted``
    those of its own that others import (``*``: all). It is walked ``anyway``, for them alone, if it is none
    of W&B's.
    """

    linked: Exports = {}
    wanted: frozenset[str] = frozenset()
    anyway: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything that others have to do with the file."""
        return bool(self.linked or self.wanted)


# What tells W&B something by a name, a dict or a text.
_TELLING = (
    RunStart,
    DefineMetric,
    ConfigWrite,
    SummaryWrite,
    RunAttribute,
    ArtifactMade,
    ArtifactUsed,
    ArtifactLogged,
    ArtifactChanged,
    TableMade,
    TrainingArguments,
    EnvironmentSet,
)


def gives_runs(model: Model) -> set[str]:
    """The names by which others can have a run of a module: functions that return one, and variables."""
    found: set[str] = set()
    for escape in model.each(Escape):
        function = model.function_of(escape)
        given = escape.how in (EscapeKind.RETURN, EscapeKind.YIELD) and function is not None
        if given and any(
            isinstance(each, Ref) and each.kind is ObjectKind.RUN for each in options(escape.object)
        ):
            assert function is not None
            found.add(function.name)
    for run in model.runs:
        start = model.start_of(run.id)
        if start is not None and model.function_of(start) is None:
            found.update(name for name in run.names if "." not in name)
    return found


def named_in(model: Model) -> set[str]:
    """The dotted names that a model has in the place of values, where what those hold would tell it more,
    and those of the functions that it hands runs to.

    What a metric's value is worth is not asked.
    """
    found: set[str] = set()
    for event in model.events:
        if isinstance(event, Log):
            data = event.data
            keys = tuple(entry.key for entry in data.entries) if isinstance(data, Mapping) else data
            _names(keys, found)
        elif isinstance(event, _TELLING):
            _names(event.arguments if isinstance(event, Call) else event, found)
        elif isinstance(event, Escape) and event.how is EscapeKind.CALL and isinstance(event.object, Ref):
            if event.object.kind is ObjectKind.RUN:
                found.add(event.to)
    return found


def named_by(exports: Exports) -> set[str]:
    """The dotted names that exports have in the place of values, or in dicts and texts."""
    found: set[str] = set()
    for export in exports.values():
        if isinstance(export, Constant):
            _names(export.value, found)
        elif isinstance(export, Helper) and isinstance(export.result, Mapping | Text):
            _names(export.result, found)
    return found


# Most of what values are made of.
_NAMELESS = frozenset((Span, str, int, bool, type(None)))


def _names(value: object, found: set[str]) -> None:
    stack: list[object] = [value]
    while stack:
        current = stack.pop()
        if type(current) in _NAMELESS:
            continue
        if isinstance(current, tuple):
            stack.extend(current)
        elif isinstance(current, Unknown) or (isinstance(current, Ref) and current.kind is ObjectKind.SYMBOL):
            found.add(current.name)
        elif isinstance(current, msgspec.Struct):
            stack.extend(getattr(current, name) for name in current.__struct_fields__)
