"""From a file's bytes to its model: what a worker does, and nothing that it does not need."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import msgspec

from wbcheck.diagnostic import Position, Range, Span
from wbcheck.model.exports import Context, Exports
from wbcheck.model.model import Model, decode, encode
from wbcheck.source import Language, SourceError, Unit, read_unit
from wbcheck.source.plain import PlainUnit

if TYPE_CHECKING:
    from wbcheck.syntax.build import Parsed

TOP = Range(Position(0, 1, 1), Position(0, 1, 1))


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """Why a file, or a cell of it, cannot be judged, and where. ``trace`` is there where we failed."""

    message: str
    span: Span = Span(0, 0)
    range: Range = TOP
    trace: str = ""


class Analysis(msgspec.Struct, frozen=True):
    """A file's model, if there is one, what could not be parsed, and what it holds ready for other files."""

    model: Model | None
    problems: tuple[Problem, ...] = ()
    exports: Exports = {}


def analyse(
    path: str,
    data: bytes,
    extra: tuple[str, ...],
    wrappers: dict[str, str],
    context: Context = Context(),  # noqa: B008 - it is frozen
    parsed: Parsed | None = None,
) -> Analysis:
    """What a file's bytes say; never raises.

    ``extra`` are modules that stand for wandb, ``wrappers`` functions that stand for its functions, or
    for such as read or write data (``Settings.houses``). ``context`` is what the file has to do with others,
    ``parsed`` what ``prepare`` made of the same file, if it did.
    """
    unit: Unit | None = None
    try:
        unit = parsed.unit if parsed else read_unit(path, data)
        model, exports = model_of(unit, extra, wrappers, context, parsed)
        return Analysis(model, tuple(_of_cells(model, unit)), exports)
    except SourceError as error:
        return Analysis(None, (_problem(error, unit),))
    except (RecursionError, MemoryError):
        return Analysis(None, (Problem("too deeply nested to be analysed"),))
    except Exception as error:  # noqa: BLE001 - one file's failure must not end the run
        return Analysis(None, (_failure(error),))


def prepared(path: str, data: bytes, extra: tuple[str, ...], wrappers: dict[str, str]) -> Parsed | None:
    """What of an analysis no other file has a say in, if there is any such thing; never raises.

    The arguments are those of ``analyse``.
    """
    from wbcheck.syntax.build import prepare

    try:
        unit = read_unit(path, data)
        return prepare(unit, extra, wrappers) if unit.language is Language.PYTHON else None
    except Exception:  # noqa: BLE001 - whatever it is, the analysis itself will say so
        return None


def model_of(
    unit: Unit,
    extra: tuple[str, ...] = (),
    wrappers: dict[str, str] | None = None,
    context: Context = Context(),  # noqa: B008 - it is frozen
    parsed: Parsed | None = None,
) -> tuple[Model, Exports]:
    """The model of a unit, whatever it is written in, and what it holds ready for other files.

    The arguments are those of ``analyse``. Raises ``SourceError``. LibCST is imported for Python alone.
    """
    if isinstance(unit, PlainUnit):
        from wbcheck import outside

        return outside.model_of(unit), {}
    from wbcheck.syntax.build import build_in

    return build_in(context, unit, extra, wrappers, parsed)


def pack(analysis: Analysis) -> bytes:
    """An analysis as bytes, for the way from a worker."""
    try:
        model = None if analysis.model is None else encode(analysis.model)
        return msgspec.msgpack.encode((model, analysis.problems, _spelled(analysis.exports)))
    except Exception as error:  # noqa: BLE001 - one file's failure must not end the worker
        return msgspec.msgpack.encode((None, (_failure(error),), {}))


def unpack(data: bytes) -> Analysis:
    """An analysis back from ``pack``."""
    model, problems, exports = msgspec.msgpack.decode(
        data, type=tuple[bytes | None, tuple[Problem, ...], Exports]
    )
    return Analysis(None if model is None else decode(model), problems, exports)


def _spelled(exports: Exports) -> Exports:
    """Those that can be sent: a half of a surrogate pair cannot, and is worth nothing to others."""
    try:
        msgspec.msgpack.encode(exports)
    except UnicodeEncodeError:
        return {}
    return exports


def _of_cells(model: Model, unit: Unit) -> list[Problem]:
    """Why each cell that does not parse does not."""
    ends = {cell.number: cell.span.end for cell in unit.cells}
    # The end of a cell would be shown as the start of the next one.
    return [
        _problem(SourceError(message, min(offset, ends[number] - 1)), unit)
        for number, message, offset in model.refusals
    ]


def _failure(error: Exception) -> Problem:
    """A failure of our own, in text that can be written anywhere."""
    words = (f"{type(error).__name__}: {error}", traceback.format_exc())
    message, trace = (text.encode("utf-8", "backslashreplace").decode() for text in words)
    return Problem(message, trace=trace)


def _problem(error: SourceError, unit: Unit | None) -> Problem:
    if unit is None:
        place = error.position or TOP.start
        return Problem(error.message, range=Range(place, place))
    offset = min(max(error.offset, 0), len(unit.text))
    span = Span(offset, offset)
    return Problem(error.message, span, unit.locate(span))
