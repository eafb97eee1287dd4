"""What frameworks log of themselves: the checkpoints of a Trainer and of Lightning's logger."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.lineage.acts import Named
from wbcheck.lineage.graph import Site
from wbcheck.lineage.names import Name, Scope, names_of
from wbcheck.model.events import RunStart, Starter, TrainerCall, TrainerMade, TrainingArguments
from wbcheck.model.model import Model
from wbcheck.model.values import (
    Flag,
    Items,
    Nothing,
    ObjectKind,
    Ref,
    Tri,
    constant,
    options,
)
from wbcheck.project import Project

_LOGS_MODEL = ("end", "checkpoint")
_REPORTS = ("wandb", "all")


def trainers_own(model: Model) -> Iterator[TrainerMade]:
    """The trainers that certainly start a run of their own: they report to W&B, and none is active."""
    for made in model.each(TrainerMade):
        if made.family == "transformers" and made.run is None and made.active is Tri.NO:
            if _reports(model, made) is Tri.YES:
                yield made


def checkpoints_of(model: Model, start: RunStart | TrainerMade, project: Project) -> Iterator[Named]:
    """What a run logs by itself because of how it, or its trainer, is set up."""
    place = Site(model.path, start.span)
    if isinstance(start, RunStart):
        if start.starter is Starter.LIGHTNING and _is_on(start):
            named = start.get("checkpoint_name")
            names = (Name("model-{}", is_known=False),) if named is None else names_of(named, Scope(model))
            yield from (Named(name, place, "model", is_automatic=True) for name in names)
        return
    variable = project.variables.get("WANDB_LOG_MODEL")
    if variable is None or project.sets("WANDB_LOG_MODEL", model.path) is not Tri.YES:
        return
    if set(variable.values) & set(_LOGS_MODEL) and _reports(model, start) is not Tri.NO:
        if _may_train(model, start):
            yield Named(Name("model-{}", is_known=False), place, "model", is_automatic=True)


def _is_on(start: RunStart) -> bool:
    values = options(start.get("log_model"))
    return bool(values) and all(
        (isinstance(value, Flag) and value.value) or constant(value) == "all" for value in values
    )


def _reports(model: Model, made: TrainerMade) -> Tri:
    """Whether a trainer reports to W&B, as far as its arguments say."""
    given = made.get("args")
    for arguments in model.each(TrainingArguments):
        if arguments.result is None or arguments.result != given:
            continue
        reporters = options(arguments.get("report_to"))
        if not reporters:
            return Tri.UNKNOWN
        items = [item for each in reporters for item in (each.items if isinstance(each, Items) else (each,))]
        if any(constant(item) in _REPORTS for item in items):
            return Tri.YES
        known = all(constant(item) is not None or isinstance(item, Nothing) for item in items)
        return Tri.NO if known else Tri.UNKNOWN
    return Tri.UNKNOWN


def _may_train(model: Model, made: TrainerMade) -> bool:
    """Whether a trainer trains, or may: one that is only asked to evaluate logs no model."""
    if not isinstance(made.result, Ref) or made.result.kind is not ObjectKind.TRAINER:
        return True
    calls = [call for call in model.each(TrainerCall) if call.receiver == made.result]
    return not calls or any(call.method in ("train", "fit", "hyperparameter_search") for call in calls)
