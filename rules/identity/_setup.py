"""What a run is given for its set-up, by its start and by whatever else may give it."""

from __future__ import annotations

from wbcheck.rule import (
    AgentStarted,
    BlockKind,
    Call,
    ConfigRead,
    ConfigWrite,
    Dict,
    File,
    Log,
    Model,
    RunAttribute,
    RunStart,
    Starter,
    Tri,
    calls_of,
    constant,
    options,
    paths,
)

from ._given import SETTINGS, VARIABLES

_BY_SWEEP = ("project", "name", "config")


def is_given(file: File, start: RunStart, word: str) -> Tri:
    """Whether a run has this part of its set-up: ``NO`` only where nothing can give it."""
    answers = (
        start.arguments.given(word),
        Tri.YES if word in ("project", "entity") and _has_positional(start) else Tri.NO,
        _by_settings(file.model, start, word),
        file.project.sets(VARIABLES[word], file.path),
        _afterwards(file.model, start, word),
        Tri.YES if word in _BY_SWEEP and is_trial(file, start) else Tri.NO,
    )
    return next((answer for answer in answers if answer is not Tri.NO), Tri.NO)


def needs_nothing(start: RunStart) -> bool:
    """Whether the run records nothing, or has been set up before: a logger takes an active one."""
    before = ("resume_from", "fork_from", "experiment")
    goes_on = any(start.arguments.given(name) is not Tri.NO for name in before)
    goes_on = goes_on or (start.starter is Starter.LIGHTNING and start.active is Tri.YES)
    goes_on = goes_on or all(start.arguments.given(name) is Tri.YES for name in ("id", "resume"))
    return goes_on or constant(start.get("mode")) == "disabled" or constant(start.get("resume")) == "must"


def stands_in(model: Model, start: RunStart) -> bool:
    """Whether a class's method starts the run for others, or where nobody else has: a logger integration."""
    function = model.function_of(start)
    if function is None or function.class_id is None:
        return False
    conditions = (model.blocks[place.block].condition for way in paths(model, start) for place in way)
    if any(condition is not None and "wandb.run" in condition.text for condition in conditions):
        return True
    return _is_named_by_makers(model, start, function.class_id)


def _is_named_by_makers(model: Model, start: RunStart, class_id: int) -> bool:
    """Whether the run's name or project is what the object was made with, here as well as in other files."""
    makers = [
        call
        for function in model.functions
        if function.class_id == class_id and function.name == "__init__"
        for call in calls_of(model, function.id)
    ]
    handed = {item.value.span for call in makers for item in call.arguments.items} - {None}
    given = (option for word in ("name", "project") for option in options(start.get(word)))
    return any(option.span in handed for option in given)


def is_trial(file: File, start: RunStart) -> bool:
    """Whether a sweep's agent starts the run, or may: then the sweep gives its project, name and config."""
    model = file.model
    owners = _owners(model, start)
    for agent in model.each(AgentStarted):
        is_told = agent.arguments.given("function") is not Tri.NO
        if agent.function in owners or (is_told and agent.function is None and owners):
            return True
    return file.project.is_trial(model.path, functions_around(model, start))


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
        if isinstance(option, Dict):
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
