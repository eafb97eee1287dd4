"""From a file's bytes to its model: what a worker does, and nothing that it does not need."""

from __future__ import annotations

import traceback

import msgspec

from wbcheck.diagnostic import Position, Range, Span
from wbcheck.model.blocks import BlockKind
from wbcheck.model.model import Model
from wbcheck.source import SourceError, bound, read_unit
from wbcheck.source.unit import Unit

TOP = Range(Position(0, 1, 1), Position(0, 1, 1))


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """Why there is no model, and where. ``trace`` is there where the failure is our own."""

    message: str
    span: Span = Span(0, 0)
    range: Range = TOP
    trace: str = ""


class Packed(msgspec.Struct, frozen=True, tag=True):
    """A model as bytes."""

    model: bytes


def analyse(path: str, data: bytes, extra: tuple[str, ...], wrappers: dict[str, str]) -> Model | Refusal:
    """The model of a file, or why there is none; never raises.

    ``extra`` are modules that stand for wandb, ``wrappers`` functions that stand for its functions.
    """
    unit: Unit | None = None
    try:
        unit = read_unit(path, data)
        bound(unit.code)
        from wbcheck.syntax import build

        return build(unit, extra, wrappers)
    except SourceError as error:
        return _refusal(error, unit)
    except (RecursionError, MemoryError):
        return Refusal("too deeply nested to be analysed")
    except Exception as error:  # noqa: BLE001 - one file's failure must not end the run
        return Refusal(f"{type(error).__name__}: {error}", trace=traceback.format_exc())


def opaque(model: Model) -> int:
    """How many of a notebook's cells could not be parsed."""
    return sum(block.kind is BlockKind.OPAQUE for block in model.blocks)


def pack(result: Model | Refusal) -> bytes:
    """A result as bytes, for the way from a worker."""
    from wbcheck.model.model import encode

    return msgspec.msgpack.encode(result if isinstance(result, Refusal) else Packed(encode(result)))


def unpack(data: bytes) -> Model | Refusal:
    """A result back from ``pack``."""
    from wbcheck.model.model import decode

    result: Packed | Refusal = msgspec.msgpack.decode(data, type=Packed | Refusal)
    return result if isinstance(result, Refusal) else decode(result.model)


def _refusal(error: SourceError, unit: Unit | None) -> Refusal:
    if unit is not None:
        offset = min(max(error.offset, 0), len(unit.text))
        span = Span(offset, offset)
        return Refusal(error.message, span, unit.locate(span))
    place = error.position or TOP.start
    return Refusal(error.message, range=Range(place, place))
