"""Where a run's identity is written: what is given for its name, group, job type and project."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import AnyValue, Event, Model, RunAttribute, RunStart, Span


class Given(NamedTuple):
    """A value given for a part of the identity: by which event, at which span of it."""

    event: Event
    span: Span
    value: AnyValue


def given(model: Model, what: str) -> Iterator[Given]:
    """What each run's start, and each later assignment (``run.name = …``), gives for ``what``."""
    for event in model.events:
        if isinstance(event, RunStart):
            argument = event.arguments.find(what)
            if argument is not None:
                yield Given(event, argument.span, argument.value)
        elif isinstance(event, RunAttribute) and event.attribute == what:
            is_assigned = event.write and event.sure and not event.operator
            if is_assigned and event.value is not None:
                yield Given(event, event.span, event.value)
