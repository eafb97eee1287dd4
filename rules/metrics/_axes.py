"""X-axes: what a run certainly logs, and whether other code may log to it or define its metrics."""

import re

from wbcheck.rule import (
    AnyValue,
    Dict,
    Entry,
    Escape,
    EscapeKind,
    File,
    Flag,
    Kind,
    Log,
    Model,
    ObjectKind,
    Part,
    Piece,
    RunStart,
    Starter,
    Text,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    Tri,
    Unknown,
    options,
)

from ._logged import keys

# Integrations that log and define metrics by themselves.
INTEGRATIONS = (
    "wandb.integration",
    "wandb.keras",
    "wandb.fastai",
    "wandb.xgboost",
    "wandb.lightgbm",
    "wandb.catboost",
    "wandb.sklearn",
    "wandb.tensorboard",
    "stable_baselines3",
    "ultralytics",
)
_FROM_ELSEWHERE = ("resume", "resume_from", "fork_from", "sync_tensorboard", "tensorboard", "monitor_gym")
_HANDED = (EscapeKind.CALL, EscapeKind.STORE, EscapeKind.YIELD)


def is_alone(file: File, start: RunStart) -> bool:
    """Whether nothing but this file certainly logs to a run and defines its metrics."""
    model, followed = file.model, file.model.followed()
    if start.starter is not Starter.INIT or start.arguments.splats:
        return False
    if may_go_on(start):
        return False
    if any(any(model.each(kind)) for kind in (TrainerMade, TrainingArguments, TrainerCall)):
        return False
    if model.imports_module(*INTEGRATIONS) or any(is_integration(entry.target) for entry in model.imports):
        return False
    return (
        model.starters == {Starter.INIT}
        and not any(
            _hands_on(model, escape)
            for escape in model.escapes_of(start.run, ObjectKind.RUN, maybe=True)
            if escape.how is not EscapeKind.CALL or escape.to not in followed
        )
        and not any(
            file.project.logs(entry.target) for entry in model.imports if entry.target not in followed
        )
    )


def is_integration(target: str) -> bool:
    """Whether what is imported is named for W&B, and not the SDK itself."""
    return "Wand" in target or ("wandb" in target.lower() and target.partition(".")[0] != "wandb")


def may_go_on(start: RunStart) -> bool:
    """Whether a run may go on with what was logged to it before, or log what others write."""
    return any(_may_hold(start, name) for name in _FROM_ELSEWHERE)


def _may_hold(start: RunStart, name: str) -> bool:
    value = start.get(name)
    is_off = isinstance(value, Flag) and not value.value
    return start.arguments.given(name) is not Tri.NO and not is_off


def _hands_on(model: Model, escape: Escape) -> bool:
    """Whether code that is not in sight gets hold of what escapes."""
    function = model.function_of(escape)
    is_returned = escape.how is EscapeKind.RETURN and (function is None or not function.callers)
    return escape.how in _HANDED or is_returned


def logged(model: Model, run: int) -> tuple[Entry, ...] | None:
    """All that is logged to a run, or may be; ``None`` where that is not known of every call."""
    found: list[Entry] = []
    for log in model.done_to(Log, run):
        if log.run is not None and log.run != run:
            continue
        values = options(log.data)
        if not values or log.arguments.splats:
            return None
        for data in values:
            if not isinstance(data, Dict) or data.open or not all(map(keys, data.entries)):
                return None
            found.extend(data.entries)
    return tuple(found)


def may_be(entry: Entry, name: str) -> bool:
    """Whether what is logged under a key may be, or may hold, the metric of a name."""
    return any(
        _pattern(key).fullmatch(name) is not None
        or (_may_nest(entry) and re.match(_pattern(key).pattern + "[./]", name) is not None)
        for key in keys(entry)
    )


def _pattern(key: Text) -> re.Pattern[str]:
    pieces = (re.escape(piece.text) if isinstance(piece, Piece) else ".*" for piece in key.pieces)
    return re.compile("".join(pieces), re.DOTALL)


def _may_nest(entry: Entry) -> bool:
    return any(_is_nest(value) for value in options(entry.value))


def _is_nest(value: AnyValue) -> bool:
    if isinstance(value, Unknown):
        return value.kind in (Kind.ANY, Kind.MAPPING)
    return isinstance(value, Dict | Part)


def governs(pattern: str, key: Text) -> bool:
    """Whether a definition is of a metric: it names it, or is a glob for it."""
    if pattern.endswith("*"):
        first = key.pieces[0] if key.pieces else None
        return isinstance(first, Piece) and first.text.startswith(pattern[:-1])
    return key.constant == pattern
