"""What a run is given for its set-up, by its start and by whatever else may give it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind
from wbcheck.model.events import (
    AgentStarted,
    Argument,
    Call,
    ConfigRead,
    ConfigWrite,
    EnvironmentSet,
    Event,
    Log,
    RunAttribute,
    RunStart,
    SettingsGiven,
    Starter,
    TrainingArguments,
)
from wbcheck.model.flow import paths
from wbcheck.model.model import Model
from wbcheck.model.values import AnyValue, Items, Mapping, Text, Tri, constant, is_written, options, texts
from wbcheck.project import Project

VARIABLES = {
    "project": "WANDB_PROJECT",
    "name": "WANDB_NAME",
    "job_type": "WANDB_JOB_TYPE",
    "config": "WANDB_CONFIG_PATHS",
    "group": "WANDB_RUN_GROUP",
    "tags": "WANDB_TAGS",
    "entity": "WANDB_ENTITY",
    "notes": "WANDB_NOTES",
}
"""The variables that stand for an argument of `wandb.init`."""

SETTINGS = {
    "project": "project",
    "name": "run_name",
    "job_type": "run_job_type",
    "group": "run_group",
    "tags": "run_tags",
    "entity": "entity",
    "notes": "run_notes",
}
"""The settings that do."""

_BY_SWEEP = ("project", "name", "config")


def has(model: Model, project: Project, start: RunStart, word: str) -> Tri:
    """Whether a run has this part of its set-up: ``NO`` only where nothing can give it."""
    answers = (
        start.arguments.given(word),
        Tri.YES if word in ("project", "entity") and _has_positional(start) else Tri.NO,
        _by_settings(model, start, word),
        project.sets(VARIABLES[word], model.path),
        _afterwards(model, start, word),
        Tri.YES if word in _BY_SWEEP and is_trial(model, project, start) else Tri.NO,
    )
    return next((answer for answer in answers if answer is not Tri.NO), Tri.NO)


def is_trial(model: Model, project: Project, start: RunStart) -> bool:
    """Whether a sweep's agent starts the run, or may: then the sweep gives its project, name and config."""
    owners = _owners(model, start)
    for agent in model.each(AgentStarted):
        is_told = agent.arguments.given("function") is not Tri.NO
        if agent.function in owners or (is_told and agent.function is None and owners):
            return True
    return project.is_trial(model.path, functions_around(model, start))


def functions_around(model: Model, start: RunStart) -> set[str]:
    """The names of the functions in which a run starts, and of those that call them."""
    return {model.functions[owner].name for owner in _owners(model, start) if owner is not None}


def _owners(model: Model, start: RunStart) -> set[int | None]:
    return {
        block.owner
        for path in paths(model, start)
        for block in (model.blocks[place.block] for place in path)
        if block.kind is BlockKind.FUNCTION
    }


def _has_positional(start: RunStart) -> bool:
    """A positional argument is meant for something that WB118 tells of."""
    return start.starter is Starter.INIT and bool(start.arguments.positional)


def _by_settings(model: Model, start: RunStart, word: str) -> Tri:
    for option in options(start.get("settings")):
        if isinstance(option, Mapping):
            answer = option.has(SETTINGS.get(word, ""))
        else:
            calls = (call for call in model.each(Call) if call.name == "wandb.Settings")
            made = [call for call in calls if call.span == option.span]
            if not made:
                return Tri.UNKNOWN
            answer = made[0].arguments.given(SETTINGS.get(word, ""))
        if answer is not Tri.NO:
            return answer
    return Tri.NO


def _afterwards(model: Model, start: RunStart, word: str) -> Tri:
    """What is given once the run is there, or is there before anything wrote it: a launch job's config."""
    if word != "config":
        changes = (
            event
            for event in model.of_run(RunAttribute, start.run)
            if event.write and event.attribute == word
        )
        return Tri.YES if any(_may_be_of(event, start) for event in changes) else Tri.NO
    read = next((read for read in model.of_run(ConfigRead, start.run) if _may_be_of(read, start)), None)
    written = next(
        (write for write in model.of_run(ConfigWrite, start.run) if _may_be_of(write, start)), None
    )
    if written is None or (read is not None and read.id < written.id):
        return Tri.NO if read is None else Tri.YES
    return Tri.YES if _is_early(model, start, written) else Tri.NO


def _is_early(model: Model, start: RunStart, write: ConfigWrite) -> bool:
    """Whether a config is written before the run is used."""
    logs = (log for log in model.of_run(Log, start.run) if start.run in log.runs)
    return not any(start.span.start < log.span.start < write.span.start for log in logs)


def _may_be_of(event: RunAttribute | ConfigRead | ConfigWrite, start: RunStart) -> bool:
    return start.run in event.runs or not event.sure


class Given(NamedTuple):
    """A value given for a part of the identity: by which event, at which span of it."""

    event: Event
    span: Span
    value: AnyValue


def given(model: Model, what: str) -> Iterator[Given]:
    """What each run's start, and each later assignment (``run.name = …``), gives for ``what``.

    So do ``wandb.Settings(run_name=…)``, a ``WANDB_NAME`` that is set, and a program's configuration file; of
    tags, only lists of settings count, as one string is fine there. A ``TrainingArguments(run_name=…)`` names
    the run that its trainer starts, where the file starts none. Where a function of another file starts the
    run, what this one tells it is given here; such an event has no id.
    """
    for event in model.done(Event):
        argument = _argument(model, event, what)
        if argument is not None:
            # Of what a function of another file gives, only what this one tells it is judged here.
            if event.id >= 0 or all(map(is_written, texts(argument.value))):
                yield Given(event, argument.span, argument.value)
        elif isinstance(event, RunAttribute) and event.attribute == what:
            is_assigned = event.write and event.sure and not event.operator
            if is_assigned and event.value is not None:
                yield Given(event, event.span, event.value)
        elif isinstance(event, EnvironmentSet) and what != "tags":
            if constant(event.name) == VARIABLES[what] and event.how not in ("delete", "load", "login"):
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
        found = event.arguments.find(SETTINGS.get(what, what))
    return found if found is None or what != "tags" or isinstance(found.value, Items) else None


def _starts_run(model: Model, event: TrainingArguments) -> bool:
    reporters = options(event.get("report_to"))
    names = [item for each in reporters for item in (each.items if isinstance(each, Items) else (each,))]
    is_reported = any(constant(name) in ("wandb", "all") for name in names)
    starts = (start for start in model.each(RunStart) if start.starter is not Starter.COMMAND)
    return is_reported and not any(starts)


class Tag(NamedTuple):
    """A tag: its text, its place, and the event that gives it, with its span.

    ``certain`` unless it is only one of several that may stand there.
    """

    text: Text
    span: Span
    within: Span
    certain: bool
    event: Event


def tags(model: Model) -> Iterator[Tag]:
    """Every tag of a list, tuple or set of tags that a run is given."""
    for place in given(model, "tags"):
        for option in options(place.value):
            for item in option.items if isinstance(option, Items) else ():
                for text in texts(item):
                    place_of = text.span or place.span
                    yield Tag(text, place_of, place.event.span, item is text, place.event)
