"""Where a run's identity is written: what is given for its name, group, job type and project."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Event,
    Items,
    Model,
    RunAttribute,
    RunStart,
    Span,
    TrainingArguments,
    constant,
    options,
)


class Given(NamedTuple):
    """A value given for a part of the identity: by which event, at which span of it."""

    event: Event
    span: Span
    value: AnyValue


def given(model: Model, what: str) -> Iterator[Given]:
    """What each run's start, and each later assignment (``run.name = …``), gives for ``what``.

    A ``TrainingArguments(run_name=…)`` names the run that its trainer starts, where the file starts none.
    """
    for event in model.events:
        if isinstance(event, RunStart):
            argument = event.arguments.find(what)
            if argument is not None:
                yield Given(event, argument.span, argument.value)
        elif isinstance(event, RunAttribute) and event.attribute == what:
            is_assigned = event.write and event.sure and not event.operator
            if is_assigned and event.value is not None:
                yield Given(event, event.span, event.value)
        elif isinstance(event, TrainingArguments) and what == "name":
            argument = event.arguments.find("run_name")
            if argument is not None and _starts_run(model, event):
                yield Given(event, argument.span, argument.value)


def _starts_run(model: Model, event: TrainingArguments) -> bool:
    reporters = options(event.get("report_to"))
    names = [item for each in reporters for item in (each.items if isinstance(each, Items) else (each,))]
    is_reported = any(constant(name) in ("wandb", "all") for name in names)
    return is_reported and not any(model.each(RunStart))
