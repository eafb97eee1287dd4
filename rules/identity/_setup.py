"""What a run is given for its set-up, and which runs are asked for none."""

from __future__ import annotations

from wbcheck.rule import (
    File,
    Model,
    RunStart,
    Starter,
    Tri,
    calls_of,
    constant,
    options,
    paths,
    setup,
)


def is_given(file: File, start: RunStart, word: str) -> Tri:
    """Whether a run has this part of its set-up: ``NO`` only where nothing can give it."""
    return setup.has(file.model, file.project, start, word)


def is_trial(file: File, start: RunStart) -> bool:
    """Whether a sweep's agent starts the run, or may: then the sweep gives its project, name and config."""
    return setup.is_trial(file.model, file.project, start)


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
    return _hands_on(model, function.class_id) or _is_named_by_makers(model, start, function.class_id)


def _hands_on(model: Model, class_id: int) -> bool:
    """Whether a class also starts runs with what it is given: ``init(**kwargs) if kwargs else init()``."""
    beside = (model.function_of(start) for start in model.each(RunStart) if start.forwards)
    return any(function is not None and function.class_id == class_id for function in beside)


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
