"""Trainers of Hugging Face's, the arguments that they are made with, and to whom they report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    File,
    Items,
    Model,
    Nothing,
    ObjectKind,
    Ref,
    RunStart,
    Starter,
    Text,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    TrainingArgumentsSet,
    Tri,
    Unknown,
    constant,
    options,
)

STEPS = frozenset({"train", "evaluate", "predict", "hyperparameter_search"})


class Training(NamedTuple):
    """A trainer, the arguments that it is certainly made with, and what is called on it."""

    made: TrainerMade
    given: TrainingArguments | None
    calls: tuple[TrainerCall, ...]


class Reports(NamedTuple):
    """To whom training arguments report: to W&B, and whether anything is said of it at all."""

    to_wandb: Tri
    is_told: Tri


def trainings(model: Model) -> Iterator[Training]:
    """Every trainer of Hugging Face's in the file."""
    for made in model.each(TrainerMade):
        if made.family == "transformers":
            calls = tuple(call for call in model.each(TrainerCall) if _is(call.receiver, made.result))
            yield Training(made, arguments_of(model, made), calls)


def arguments_of(model: Model, made: TrainerMade) -> TrainingArguments | None:
    """The arguments that a trainer is certainly made with, by whatever parameter, if they are made here."""
    handed = [value for each in made.arguments.items if _are_arguments(value := each.value)]
    return next((each for each in model.each(TrainingArguments) if _is(each.result, *handed[:1])), None)


def reports(model: Model, given: TrainingArguments) -> Reports:
    """What training arguments say of W&B, by ``report_to`` or by what is set of them afterwards.

    What is not told is up to the version of transformers: all that is installed before 5, nothing since.
    """
    if given.arguments.given("log_with") is not Tri.NO:
        return Reports(Tri.UNKNOWN, Tri.YES)  # a configuration of TRL's before it took the Trainer's
    later = [each.value for each in model.each(TrainingArgumentsSet) if _sets_reporter(each, given)]
    told = given.arguments.given("report_to")
    first = given.get("report_to")
    if isinstance(first, Nothing):
        return Reports(Tri.UNKNOWN, Tri.UNKNOWN)
    values = [*([] if first is None else options(first)), *(one for each in later for one in options(each))]
    answers = {_names_wandb(value) for value in values}
    if told is Tri.UNKNOWN or (later and first is None):
        answers.add(Tri.UNKNOWN)
    is_told = Tri.YES if later else told
    return Reports(answers.pop() if len(answers) == 1 else Tri.UNKNOWN, is_told)


def reporting(model: Model, training: Training) -> Tri:
    """Whether a trainer reports to W&B: by its arguments, or by a callback that it is given."""
    if any(call.method in ("remove_callback", "pop_callback") for call in training.calls):
        return Tri.UNKNOWN
    told = Tri.UNKNOWN if training.given is None else reports(model, training.given).to_wandb
    answers = {calls_back(model, training), told}
    if Tri.YES in answers:
        return Tri.YES
    return Tri.NO if answers == {Tri.NO} else Tri.UNKNOWN


def calls_back(model: Model, training: Training) -> Tri:
    """Whether a trainer is given W&B's callback by hand: ``UNKNOWN`` where its callbacks are not known."""
    added = [call for call in training.calls if call.method == "add_callback"]
    handed = [
        training.made.get("callbacks"),
        *(each.value for call in added for each in call.arguments.items),
    ]
    answers = {_is_callback(model, one) for value in handed for one in options(value)}
    return next((answer for answer in (Tri.YES, Tri.UNKNOWN) if answer in answers), Tri.NO)


def of_setting(model: Model, given: TrainingArguments, name: str) -> tuple[AnyValue, ...]:
    """What one of the training arguments is given, in the call and afterwards; nothing where it is not."""
    later = [each for each in model.each(TrainingArgumentsSet) if each.attribute == name]
    values = [given.get(name), *(each.value for each in later if _is(given.result, each.of))]
    return tuple(value for each in values for value in options(each))


def is_manual(start: RunStart | None) -> bool:
    """Whether a run is one that the program starts itself, and that records something."""
    return (
        start is not None
        and start.starter is Starter.INIT
        and not any(constant(each) == "disabled" for each in options(start.get("mode")))
    )


def run_around(model: Model, training: Training) -> RunStart | None:
    """The manual run that is certainly active when the trainer is made, or when it is called."""
    starts = (model.start_of(run) for _, run in active_at(training))
    return next((start for start in starts if is_manual(start)), None)


def active_at(training: Training) -> Iterator[tuple[TrainerMade | TrainerCall, int]]:
    """When the trainer is made and when it is called: each with the run that is certainly active then."""
    made = training.made
    if made.active is Tri.YES and made.run is not None:
        yield made, made.run
    for call in training.calls:
        if call.method in STEPS and call.active is Tri.YES and call.run is not None:
            yield call, call.run


def sets(file: File, name: str) -> Tri:
    """Whether the project sets this environment variable for what the file runs."""
    return file.project.sets(name, file.path)


def _sets_reporter(event: TrainingArgumentsSet, given: TrainingArguments) -> bool:
    return event.attribute == "report_to" and _is(given.result, event.of)


def _names_wandb(value: AnyValue) -> Tri:
    """Whether W&B is among the reporters that a value names."""
    names = value.items if isinstance(value, Items) else (value,)
    answers = set()
    for name in (one for each in names for one in options(each)):
        answers.add(_is_ours(name.constant) if isinstance(name, Text) else Tri.UNKNOWN)
    if Tri.YES in answers:
        return Tri.YES
    is_open = isinstance(value, Items) and value.open
    return Tri.UNKNOWN if is_open or Tri.UNKNOWN in answers else Tri.NO


def _is_ours(name: str | None) -> Tri:
    if name is None:
        return Tri.UNKNOWN
    return Tri.YES if name in ("wandb", "all") else Tri.NO


def _is_callback(model: Model, value: AnyValue) -> Tri:
    if isinstance(value, Items):
        answers = {_is_callback(model, one) for item in value.items for one in options(item)}
        answers |= {Tri.UNKNOWN} if value.open else set()
        return next((answer for answer in (Tri.YES, Tri.UNKNOWN) if answer in answers), Tri.NO)
    names: tuple[str, ...] = ()
    if isinstance(value, Ref):
        names = (value.name,)
        if value.kind in (ObjectKind.INSTANCE, ObjectKind.CLASS) and value.id is not None:
            names = (model.classes[value.id].name, *model.classes[value.id].bases)
    elif isinstance(value, Unknown):
        names = (value.name,) if value.name else ()
    elif isinstance(value, Nothing):
        return Tri.NO
    if any("wandb" in name.lower() for name in names):
        return Tri.YES
    # Callbacks of transformers and of the file's own classes are known; others may be anything.
    known = bool(names) and (isinstance(value, Ref) or names[0].startswith("transformers."))
    return Tri.NO if known else Tri.UNKNOWN


def _are_arguments(value: AnyValue) -> bool:
    return isinstance(value, Ref) and value.kind is ObjectKind.TRAINING_ARGUMENTS


def _is(value: AnyValue | None, *others: AnyValue | None) -> bool:
    """Whether a value is, or may be, the very object that another one is."""
    names = {(one.kind, one.id) for other in others for one in options(other) if isinstance(one, Ref)}
    return any(isinstance(one, Ref) and (one.kind, one.id) in names for one in options(value))
