"""What a run's config is known to hold: for the rules that ask whether a key is there."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    AgentStarted,
    AnyValue,
    ApiRecord,
    ConfigRead,
    ConfigWrite,
    Dict,
    Entry,
    EscapeKind,
    File,
    Model,
    ObjectKind,
    Ref,
    RunStart,
    Starter,
    SweepMade,
    TrainerMade,
    TrainingArguments,
    Tri,
    constant,
)

from ..identity._setup import is_trial
from ._configs import is_rebound

# What may have brought keys of its own, or taken some away.
_FROM_ELSEWHERE = (
    "id",
    "resume",
    "resume_from",
    "fork_from",
    "config_include_keys",
    "config_exclude_keys",
    "tensorboard",
    "sync_tensorboard",
)
_CALLBACKS = ("wandb.integration", "wandb.keras", "wandb.fastai", "wandb.xgboost", "wandb.lightgbm")
HOLDERS = (ObjectKind.RUN, ObjectKind.CONFIG, ObjectKind.LOGGER)


def declared(file: File, start: RunStart) -> Dict | None:
    """The config of a run with all that is ever written into it, if nothing else can write there.

    ``None`` also where nothing is: what reads such a config is a launch job.
    """
    config = start.get("config")
    writes = [
        write
        for write in file.model.of_run(ConfigWrite, start.run)
        if not write.runs or start.run in write.runs
    ]
    if config is None and start.arguments.given("config") is Tri.NO and writes:
        config = Dict(None, -1, (), False)
    if not isinstance(config, Dict) or not is_alone(file, start):
        return None
    entries, is_open = list(config.entries), config.open
    for write in writes:
        if write.path:
            step = write.path[0]
            value = write.value if len(write.path) == 1 else None
            unknown: AnyValue = Ref(None, ObjectKind.SYMBOL)
            entries.append(Entry(step.key, value or unknown, write.span, write.value is None))
        elif isinstance(write.value, Dict):
            entries.extend(write.value.entries)
            is_open = is_open or write.value.open
        else:
            is_open = True
    return Dict(config.span, config.id, tuple(entries), is_open, config.origin)


def is_alone(file: File, start: RunStart) -> bool:
    """Whether only what this file says can be in the config of a run."""
    model = file.model
    if start.starter is not Starter.INIT or start.forwards or start.arguments.splats or is_rebound(model):
        return False
    if any(start.arguments.given(name) is not Tri.NO for name in _FROM_ELSEWHERE) or is_swept(file, start):
        return False
    if any(model.each(TrainerMade)) or any(model.each(TrainingArguments)):
        return False
    if model.imports_module(*_CALLBACKS) or any("Wand" in entry.target for entry in model.imports):
        return False
    others = set(file.project.config_writers) - {model.path}
    return (
        not others
        and file.project.sets("WANDB_CONFIG_PATHS", model.path) is Tri.NO
        and model.starters == {Starter.INIT}
        and not is_handed_on(model, start.run)
    )


def is_handed_on(model: Model, run: int) -> bool:
    """Whether code that is not known gets hold of the run, or may, and so may write into its config."""
    return any(model.escapes_of(run, *HOLDERS, how=(EscapeKind.CALL, EscapeKind.STORE), maybe=True))


def is_swept(file: File, start: RunStart) -> bool:
    """Whether the run may be a sweep's trial, whose config the sweep writes into."""
    swept = any(file.model.each(SweepMade)) or any(file.model.each(AgentStarted))
    return swept or is_trial(file, start)


def missing(config: Dict, read: ConfigRead) -> tuple[int, Dict] | None:
    """The step of a read at which its way leaves a config, and the dict that lacks the key."""
    for number, step in enumerate(read.path):
        if step.name is None or (number and step.attribute):
            return None
        if config.has(step.name) is Tri.NO:
            return number, config
        found = [entry.value for entry in config.entries if constant(entry.key) == step.name]
        if len(found) != 1 or not isinstance(found[0], Dict):
            return None
        config = found[0]
    return None


def nearest(whole: Dict, inner: Dict, key: str) -> str:
    """The way to the key that was probably meant: the same one elsewhere, or one spelled almost like it."""
    ways = [way for way in _ways(whole, "") if way.rpartition(".")[2] == key]
    if len(ways) == 1:
        return ways[0]
    names = [name for entry in inner.entries if (name := constant(entry.key))]
    return next(iter(get_close_matches(key, names, n=1, cutoff=0.6)), "")


def _ways(config: Dict, before: str) -> Iterator[str]:
    for entry in config.entries:
        name = constant(entry.key)
        if name is not None:
            yield f"{before}{name}"
            if isinstance(entry.value, Dict):
                yield from _ways(entry.value, f"{before}{name}.")


def is_asked(model: Model, read: ConfigRead | ApiRecord) -> bool:
    """Whether the program asks first whether the key is there, or minds that it is not."""
    keys = [step.name for step in read.path if step.name]
    for block in model.enclosing(read.block):
        text = block.condition.text if block.condition is not None else ""
        if block.kind == "try" or any(f'"{key}"' in text or f"'{key}'" in text for key in keys):
            return True
    return False
