"""What a run is given for its set-up, by its start and by whatever else may give it."""

from __future__ import annotations

from wbcheck.model.blocks import BlockKind
from wbcheck.model.events import (
    AgentStarted,
    Call,
    ConfigRead,
    ConfigWrite,
    Log,
    RunAttribute,
    RunStart,
    Starter,
)
from wbcheck.model.flow import paths
from wbcheck.model.model import Model
from wbcheck.model.values import Mapping, Tri, options
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
        changes = (event for event in model.each(RunAttribute) if event.write and event.attribute == word)
        return Tri.YES if any(_may_be_of(event, start) for event in changes) else Tri.NO
    read = next((read for read in model.each(ConfigRead) if _may_be_of(read, start)), None)
    written = next((write for write in model.each(ConfigWrite) if _may_be_of(write, start)), None)
    if written is None or (read is not None and read.id < written.id):
        return Tri.NO if read is None else Tri.YES
    return Tri.YES if _is_early(model, start, written) else Tri.NO


def _is_early(model: Model, start: RunStart, write: ConfigWrite) -> bool:
    """Whether a config is written before the run is used."""
    logs = (log for log in model.each(Log) if start.run in log.runs)
    return not any(start.span.start < log.span.start < write.span.start for log in logs)


def _may_be_of(event: RunAttribute | ConfigRead | ConfigWrite, start: RunStart) -> bool:
    return start.run in event.runs or not event.sure
