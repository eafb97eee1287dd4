"""When two arguments certainly say the same."""

from __future__ import annotations

from wbcheck.rule import AnyValue, Flag, Hole, Number, Text, Unknown


def says(value: AnyValue) -> object:
    """What a value says, to be compared: the same code gives the same, wherever it stands."""
    if isinstance(value, Text):
        return tuple(says(piece.value) if isinstance(piece, Hole) else piece.text for piece in value.pieces)
    if isinstance(value, Number | Flag):
        return value.value
    return (value.why, value.name) if isinstance(value, Unknown) and value.name else value
