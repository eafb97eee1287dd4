"""Where a run's identity is written: what is given for its name, group, job type and project."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Argument,
    Call,
    EnvironmentSet,
    Event,
    Items,
    Model,
    RunAttribute,
    RunStart,
    SettingsGiven,
    Span,
    TrainingArguments,
    constant,
    options,
    setup,
)


class Given(NamedTuple):
    """A value given for a part of the identity: by which event, at which span of it."""

    event: Event
    span: Span
    value: AnyValue


def given(model: Model, what: str) -> Iterator[Given]:
    """What each run's start, and each later assignment (``run.name = …``), gives for ``what``.

    So do ``wandb.Settings(run_name=…)``, a ``WANDB_NAME`` that is set, and a program's configuration file; of
    tags, only lists of settings count, as one string is fine there. A ``TrainingArguments(run_name=…)`` names
    the run that its trainer starts, where the file starts none.
    """
    for event in model.events:
        argument = _argument(model, event, what)
        if argument is not None:
            yield Given(event, argument.span, argument.value)
        elif isinstance(event, RunAttribute) and event.attribute == what:
            is_assigned = event.write and event.sure and not event.operator
            if is_assigned and event.value is not None:
                yield Given(event, event.span, event.value)
        elif isinstance(event, EnvironmentSet) and what != "tags":
            if constant(event.name) == setup.VARIABLES[what] and event.how not in ("delete", "load", "login"):
                yield Given(event, event.value.span or event.span, event.value)


def _argument(model: Model, event: Event, what: str) -> Argument | None:
    """The argument by which an event gives this, if it is one that does."""
    if isinstance(event, RunStart):
        return event.arguments.find(what)
    if isinstance(event, TrainingArguments):
        is_name = what == "name" and _starts_run(model, event)
        return event.arguments.find("run_name") if is_name else None
    found = None
    if isinstance(event, SettingsGiven):
        found = event.arguments.find(what)
    elif isinstance(event, Call) and event.name == "wandb.Settings":
        found = event.arguments.find(setup.SETTINGS.get(what, what))
    return found if found is None or what != "tags" or isinstance(found.value, Items) else None


def _starts_run(model: Model, event: TrainingArguments) -> bool:
    reporters = options(event.get("report_to"))
    names = [item for each in reporters for item in (each.items if isinstance(each, Items) else (each,))]
    is_reported = any(constant(name) in ("wandb", "all") for name in names)
    return is_reported and not any(model.each(RunStart))
