"""What a file holds ready for those that import from it: values without places, and what its functions do.

Plain data, as the model is. Nothing in it has a span: it is used in other files than it was written in.
"""

from __future__ import annotations

import msgspec

from wbcheck.model.values import AnyValue


class Elsewhere(msgspec.Struct, frozen=True, array_like=True):
    """Something that is written in another file of the project: its path as shown, and the name it has there."""

    path: str
    name: str


class Constant(msgspec.Struct, frozen=True, array_like=True, tag="constant"):
    """A name that holds a value: what it is when the module has run."""

    value: AnyValue


class HelperParameter(msgspec.Struct, frozen=True, array_like=True):
    """A parameter of a helper: its default if it has one, ``*`` or ``**`` for the collecting ones."""

    name: str
    star: str = ""
    keyword: bool = False
    default: AnyValue | None = None


class Helper(msgspec.Struct, frozen=True, array_like=True, tag="helper"):
    """A function. ``result`` is what it gives, with ``Unknown(PARAMETER, name)`` where it gives what it was given.

    A run that it starts is a ``Ref`` to a run whose id counts those of this helper: ``runs`` says of each
    whether it has certainly ended (or not) when the function returns. ``active`` is what ``wandb.run``
    is then: ``None`` where it is what it was.
    """

    parameters: tuple[HelperParameter, ...]
    result: AnyValue
    runs: tuple[str, ...] = ()
    active: AnyValue | None = None
    method: bool = False


class Fields(msgspec.Struct, frozen=True, array_like=True, tag="fields"):
    """A class that is a list of fields (a dataclass), each with its default."""

    name: str
    fields: tuple[tuple[str, AnyValue | None], ...]


Export = Constant | Helper | Fields
Exports = dict[str, Export]
