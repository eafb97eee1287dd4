"""From a sweep's YAML file to its model: one event, as if its content had been given to ``wandb.sweep``."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import Block, BlockKind
from wbcheck.model.events import AnyEvent, Argument, Arguments, KeySpelled, SweepMade
from wbcheck.model.model import Model
from wbcheck.model.values import AnyValue, Entry, Items, Mapping, Piece, Text
from wbcheck.source.keys import keys_in
from wbcheck.source.yaml import YamlUnit


def model_of(unit: YamlUnit) -> Model:
    """The model of a YAML file; of one that is no sweep's, a silent one. Raises ``SourceError``."""
    whole = Block(0, BlockKind.MODULE, None, Span(0, len(unit.text)), 0)
    sweep = unit.sweep
    if sweep is None:
        return Model(unit.path, False, False, (whole,), (), (), (), (), (), (), (), ())
    statements = sorted(set(_statements(sweep, unit.text)))
    return Model(
        path=unit.path,
        notebook=False,
        binds_wandb=True,
        blocks=(whole,),
        functions=(),
        classes=(),
        runs=(),
        artifacts=(),
        tables=(),
        imports=(),
        events=tuple(_events(unit, sweep)),
        statements=tuple(statements),
    )


def _events(unit: YamlUnit, sweep: Mapping) -> Iterator[AnyEvent]:
    span = sweep.span or Span(0, 0)
    first = next((entry.key.span for entry in sweep.entries if entry.key.span), None) or Span(0, 0)
    argument = Argument("sweep", sweep, span, position=0)
    close = Span(span.end, span.end)
    yield SweepMade(0, 0, span, "wandb.sweep", first, "", Arguments((argument,), (), close), file=True)
    for number, place in enumerate(keys_in(unit.text), start=1):
        yield KeySpelled(number, 0, place, Text(place, (Piece(unit.text[place.start : place.end], place),)))


def _statements(value: AnyValue, text: str) -> Iterator[Span]:
    """What belongs together for a comment: an entry, or its key where more entries follow below it."""
    if isinstance(value, Items):
        for item in value.items:
            yield from _statements(item, text)
    elif isinstance(value, Mapping):
        for entry in value.entries:
            yield from _statement(entry, text)


def _statement(entry: Entry, text: str) -> Iterator[Span]:
    place, value = entry.span, entry.value.span
    if place is None or entry.key.span is None:
        return
    is_flow = value is not None and text[value.start : value.start + 1] in ("{", "[")
    inner = [] if is_flow else list(_statements(entry.value, text))
    yield entry.key.span if inner else place
    yield from inner
