"""What the configuration files of programs give for runs: hydra, OmegaConf, axolotl, Hugging Face.

Told by their form: a block that makes W&B's logger (``_target_``, ``class_path``), a block that is named for
W&B or is of its kind, keys that begin with ``wandb_``, training arguments that report to W&B. What is given
there counts and is judged; what is not may be given anywhere else, so that nothing is ever missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    AnyEvent,
    Argument,
    Arguments,
    EnvironmentSet,
    ReferenceGiven,
    SettingsGiven,
    TrainingArguments,
)
from wbcheck.model.values import (
    AnyValue,
    Entry,
    Items,
    Mapping,
    Nothing,
    Piece,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.source.shell import with_holes

MOST_DEPTH = 8

_BLOCK = re.compile(
    r"wandb(?:_?(?:init|args|kwargs|config|cfg|params|settings|logger|logging))?", re.IGNORECASE
)
_LOGGER = re.compile(r"(?:[\w.]+\.)?WandbLogger")
_INIT = frozenset({"wandb.init", "wandb.sdk.wandb_init.init"})
# The words that programs use for the settings of a run.
WORDS = {
    "project": "project",
    "project_name": "project",
    "entity": "entity",
    "name": "name",
    "run_name": "name",
    "group": "group",
    "run_group": "group",
    "group_name": "group",
    "job_type": "job_type",
    "tags": "tags",
}
_CERTAIN = {"project", "entity", "name", "group", "job_type", "tags", "notes", "id", "mode", "resume"}
# Axolotl makes a variable of each of these keys.
_AXOLOTL = frozenset({"datasets", "adapter", "sequence_len", "micro_batch_size", "val_set_size"})
_VARIABLES = frozenset(
    f"wandb_{name}" for name in ("project", "entity", "name", "run_id", "watch", "log_model", "mode")
)
# Keys of what a program asks W&B for, and what it is then told.
_ASKING = re.compile(
    r"(?:\w*_)?artifacts?(?:_(?:name|path|ref|reference|id|version|full_name))?", re.IGNORECASE
)
_REFERENCE = re.compile(r"(?:wandb-artifact://)?(?:[\w.-]+/){0,2}[\w.-]+:(?:latest|v\d+)")
# What a program may take apart, or make something else of, before W&B is given it.
MADE_OF = re.compile(r"[/\\#?%:\s]")


def events_of(value: AnyValue, text: str) -> Iterator[AnyEvent]:
    """What a YAML file's value gives for runs; the events are not numbered yet."""
    seen: set[Span] = set()
    waiting: list[tuple[str, AnyValue, int]] = [("", value, 0)]
    while waiting:
        key, inner, depth = waiting.pop()
        if isinstance(inner, Text) and _ASKING.fullmatch(key):
            yield from _reference(inner)
        if isinstance(inner, Items):
            waiting += [(key, item, depth + 1) for item in inner.items if depth < MOST_DEPTH]
        if not isinstance(inner, Mapping) or inner.span is None or inner.span in seen:
            continue
        seen.add(inner.span)
        yield from _of_mapping(key, inner, depth, text)
        if depth < MOST_DEPTH:
            waiting += [(constant(entry.key) or "", entry.value, depth + 1) for entry in inner.entries]


def _reference(value: Text) -> Iterator[ReferenceGiven]:
    """An artifact that is named with its version."""
    if value.span is not None and _REFERENCE.fullmatch(value.constant or ""):
        yield ReferenceGiven(0, 0, value.span, value)


def is_block(name: str) -> bool:
    """Whether a block of this name is one for W&B's settings."""
    return _BLOCK.fullmatch(name) is not None


def _of_mapping(key: str, value: Mapping, depth: int, text: str) -> Iterator[AnyEvent]:
    target = value.find("_target_") or value.find("class_path")
    named = constant(target.value) if target is not None else None
    if target is not None and named is not None:
        if _LOGGER.fullmatch(named) or named in _INIT:
            inner = value.find("init_args")
            given = inner.value if inner is not None and isinstance(inner.value, Mapping) else value
            yield from _settings(target.key, given, {word: word for word in _CERTAIN}, True)
        return
    if is_block(key) or constant(value.get("type")) == "wandb":
        yield from _settings(None, value, WORDS, False)
        return
    if not depth and value.find("base_model") and any(map(value.find, _AXOLOTL)):
        yield from _variables(value)
    else:
        flat = {f"wandb_{word}": meant for word, meant in WORDS.items()}
        yield from _settings(None, value, flat | {"wandb_run": "name"}, False)
    if _names_wandb(value.get("report_to")):
        yield from _training(value)


def _settings(
    key: AnyValue | None, value: Mapping, words: dict[str, str], certain: bool
) -> Iterator[SettingsGiven]:
    """The settings that a block gives, by the words that it uses for them."""
    found = [
        argument
        for entry in value.entries
        if (meant := words.get(constant(entry.key) or "")) is not None
        and (argument := _argument(meant, entry, certain)) is not None
    ]
    place = found[0].keyword if found else None
    if key is not None:
        place = key.span
    if found and place is not None:
        yield SettingsGiven(0, 0, place, open_arguments(found, _end(found, value)), certain)


def _argument(name: str, entry: Entry, certain: bool) -> Argument | None:
    place = entry.value.span
    if entry.key.span is None or place is None or isinstance(entry.value, Nothing) or not _is_filled(entry):
        return None
    value = _filled(entry.value)
    if not certain and name == "project" and MADE_OF.search(constant(value) or ""):
        value = Unknown(place, Why.ARGUMENT)
    return Argument(name, value, place, keyword=entry.key.span)


def _is_filled(entry: Entry) -> bool:
    """Whether an entry gives anything: not an empty text, nor what is yet to be filled in."""
    return constant(entry.value) not in ("", "???")


def _end(arguments: list[Argument], value: Mapping) -> int:
    return value.span.end if value.span is not None else arguments[-1].span.end


def open_arguments(arguments: list[Argument], end: int) -> Arguments:
    """Arguments beside which there may be others: those that the command line or another file gives."""
    close = Span(end, end)
    rest = Argument("", Unknown(None, Why.ARGUMENT), close)
    return Arguments(tuple(arguments), (rest,), close)


def _filled(value: AnyValue) -> AnyValue:
    """A value with what is filled in later as holes: ``${paths.name}``."""
    if isinstance(value, Text) and value.constant is not None:
        place = value.pieces[0].span if len(value.pieces) == 1 else None
        return with_holes(value.constant, place or value.span or Span(0, 0))
    if isinstance(value, Items):
        return Items(value.span, value.kind, tuple(map(_filled, value.items)), value.open)
    return value


def _names_wandb(value: AnyValue | None) -> bool:
    names = value.items if isinstance(value, Items) else (value,)
    return any(constant(name) == "wandb" for name in names)


def _training(value: Mapping) -> Iterator[TrainingArguments]:
    """Training arguments: those of the Trainer that the file is for."""
    found = [
        Argument(name, _filled(entry.value), entry.value.span, keyword=entry.key.span)
        for name in ("output_dir", "report_to", "run_name", "load_best_model_at_end")
        if (entry := value.find(name)) is not None
        and entry.value.span is not None
        and entry.key.span is not None
        and _is_filled(entry)
    ]
    place = next((each.keyword for each in found if each.name == "report_to"), None)
    if place is not None:
        yield TrainingArguments(
            0,
            0,
            place,
            "transformers.TrainingArguments",
            place,
            "report_to",
            open_arguments(found, _end(found, value)),
        )


def _variables(value: Mapping) -> Iterator[EnvironmentSet]:
    for entry in value.entries:
        key, place = constant(entry.key) or "", entry.key.span
        # It takes texts alone.
        if key in _VARIABLES and place is not None and isinstance(entry.value, Text) and _is_filled(entry):
            name = Text(place, (Piece(key.upper(), None),))
            yield EnvironmentSet(0, 0, place, name, _filled(entry.value), "program")
