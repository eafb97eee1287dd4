"""What a run's config is made of, and how it is changed: shared by the rules about configuration."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wbcheck.rule import (
    ConfigRead,
    ConfigWrite,
    Dict,
    Edits,
    Entry,
    Event,
    Model,
    RunStart,
    Span,
    Text,
    Tri,
    constant,
    keep,
    listed,
    options,
    paths,
    precedes,
    quote,
    replace,
)

_PARTS = ("params", "meta")


class Given(NamedTuple):
    """A dict that a run is started with, as it is by then."""

    start: RunStart
    config: Dict


def configs(model: Model) -> Iterator[Given]:
    """The dicts that runs are started with: each once, however many runs share it."""
    seen: set[Span | int] = set()
    for start in model.each(RunStart):
        for config in options(start.get("config")):
            if isinstance(config, Dict) and (config.span or config.id) not in seen:
                seen.add(config.span or config.id)
                yield Given(start, config)


def strays(config: Dict) -> list[Entry]:
    """The entries whose keys are known and are neither ``params`` nor ``meta``."""
    return [entry for entry in config.entries if constant(entry.key) not in (None, *_PARTS)]


def names_of(entries: list[Entry], room: int) -> str:
    """The keys of some entries in ``room`` characters of a headline."""
    return listed([entry.key for entry in entries if isinstance(entry.key, Text)], room)


def is_rebound(model: Model) -> bool:
    """Whether the file says ``wandb.config = x``: then that name, and what is made from it, is ``x``."""
    return any(write.how == "rebind" for write in model.each(ConfigWrite))


def dotted(event: ConfigRead | ConfigWrite) -> str:
    """The way into the config as attributes: ``config.params.lr``; ``{}`` for a key that varies."""
    keys = [step.key.skeleton if isinstance(step.key, Text) else "{}" for step in event.path]
    return ".".join(["config", *keys])


def holdings(model: Model, start: RunStart) -> Iterator[Dict]:
    """The dicts that a run's config is made of: what it is started with, and what it is updated with."""
    yield from (config for config in options(start.get("config")) if isinstance(config, Dict))
    for write in model.each(ConfigWrite):
        if write.run == start.run and not write.path and isinstance(write.value, Dict):
            yield write.value


def is_running(model: Model, start: RunStart, event: Event) -> bool:
    """Whether a run has certainly been started, and is not certainly over, when something happens."""
    run = model.runs[start.run]
    if run.with_block is not None:
        ways = paths(model, event)
        return bool(ways) and all(any(place.block == run.with_block for place in way) for way in ways)
    if precedes(model, start, event) is not Tri.YES:
        return False
    return not any(precedes(model, model.events[finish], event) is Tri.YES for finish in run.finishes)


class Handle(NamedTuple):
    """A name that holds a run, and where the config is given that the run is started with."""

    name: str
    config: Span


def handle_at(model: Model, start: RunStart, events: Sequence[Event]) -> Handle | None:
    """What holds a run in the function where it is started and all of this happens, if something does."""
    home = model.function_of(start)
    names = [name for name in model.runs[start.run].names if name.isidentifier()]
    config = start.arguments.find("config")
    if not names or config is None or any(model.function_of(event) != home for event in events):
        return None
    return Handle(names[0], config.span)


def as_read(text: str, run: Handle | None, way: Sequence[str], place: Span) -> Edits | None:
    """The value at ``place`` read from the config of the run that a name holds; refuses where none does.

    The way to it holds as long as the config is given as it is.
    """
    keys = [quote(text, key, place.start) for key in way]
    if run is None or any(key is None for key in keys):
        return None
    read = replace(text, place, f"{run.name}.config" + "".join(f"[{key}]" for key in keys))
    return (*read, *keep(text, run.config))
