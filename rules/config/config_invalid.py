"""Reports a config that W&B refuses, or records as nothing.

Why it matters: a config is a dict with text keys and plain values. A list, a key that is a number, a table
or a module in it raises as soon as the run starts; a class is taken without complaint and recorded as an
empty config, and media inside of a nested dict as its address in memory. The guide's params and meta are
dicts of plain values (The params / meta pattern).

When to ignore: never; what is given is not what is recorded.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    ConfigWrite,
    Dict,
    File,
    Finding,
    Flag,
    Good,
    Items,
    Kind,
    Model,
    Nothing,
    Number,
    ObjectKind,
    Preset,
    Proof,
    Raises,
    Ref,
    Rule,
    RunStart,
    Span,
    Text,
    Unknown,
    constant,
    shown,
)

from ._configs import is_rebound

RULE = Rule(
    code="WB210",
    name="config-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A config takes a dict of plain values with text keys; anything else raises, or is not recorded.",
    how="Give a dict with text keys, and log media and artifacts where they belong.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    seen: set[Span] = set()
    for value, place in given(model):
        for span, headline in (*whole(file, value, place), *inside(model, value, place, 0)):
            if span not in seen:
                seen.add(span)
                yield Finding(span, headline)


def given(model: Model) -> Iterator[tuple[AnyValue, Span]]:
    """What is given to a run as its config, at its start and later, each with where."""
    for start in model.each(RunStart):
        argument = start.arguments.find("config")
        if argument is not None:
            yield argument.value, argument.span
    for write in () if is_rebound(model) else model.each(ConfigWrite):
        if write.how in ("update", "setdefaults") and not write.path and write.value is not None:
            yield write.value, write.span


def whole(file: File, value: AnyValue, place: Span) -> Iterator[tuple[Span, str]]:
    """What cannot be a config as a whole."""
    span = value.span or place
    if isinstance(value, Items):
        yield span, f"a {value.kind} cannot be a config"
    elif isinstance(value, Number | Flag):
        yield span, f"{shown(str(value.value))} cannot be a config"
    elif isinstance(value, Ref) and value.kind is ObjectKind.CLASS:
        yield place, f"{shown(value.name)} is a class, which is recorded as an empty config"
    elif isinstance(value, Text) and file.project.is_plain_yaml(file.path, value.constant or ""):
        yield span, f"{shown(value)} lacks the `value` that W&B wants below each key"
    elif is_module(file.model, value):
        yield place, f"{shown(name_of(value))} is a module, which cannot be a config"


def inside(model: Model, value: AnyValue, place: Span, depth: int) -> Iterator[tuple[Span, str]]:
    """What cannot be a key of a config, or a value in it."""
    entries = value.entries if isinstance(value, Dict) else ()
    for entry in entries:
        where = entry.span or place
        if depth == 0 and (named := key_of(entry.key)):
            yield entry.key.span or where, f"{named} cannot be a key of a config, which must be a text"
        yield from unfit(model, entry.value, where, depth, constant(entry.key) or "")
        yield from inside(model, entry.value, where, depth + 1)


def unfit(model: Model, value: AnyValue, place: Span, depth: int, key: str) -> Iterator[tuple[Span, str]]:
    """What is said of a value that a config cannot hold at this depth."""
    of = f" under {shown(key, 24)}" if key else ""
    if is_module(model, value):
        yield place, f"the module {shown(name_of(value), 20)}{of} cannot be in a config"
    elif is_media(value):
        lost = "is recorded as its address" if depth else "cannot be in a config"
        yield place, f"media{of} {lost}"
    elif isinstance(value, Ref) and value.kind is ObjectKind.ARTIFACT and depth:
        yield place, f"an artifact{of} cannot lie inside of a nested value of a config"


def key_of(key: AnyValue) -> str:
    """A key that is certainly no text, as it is shown; empty for any other."""
    if isinstance(key, Number | Flag):
        return shown(str(key.value))
    if isinstance(key, Nothing):
        return shown("None")
    if isinstance(key, Items):
        return f"a {key.kind}"
    return "a number" if isinstance(key, Unknown) and key.kind is Kind.NUMBER else ""


def is_media(value: AnyValue) -> bool:
    if isinstance(value, Ref):
        return value.kind is ObjectKind.TABLE
    return isinstance(value, Unknown) and value.kind is Kind.MEDIA


def is_module(model: Model, value: AnyValue) -> bool:
    """Whether a value is what ``import x`` binds: only then has its path no dot."""
    if not isinstance(value, Ref) or value.kind is not ObjectKind.SYMBOL or "." in value.name:
        return False
    return any(entry.target.split(".")[0] == value.name for entry in model.imports)


def name_of(value: AnyValue) -> str:
    return value.name if isinstance(value, Ref) else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        layers = {1: 64, 2: 32}
                  ^
                         ^
        run = wandb.init(project="texts", mode="offline", config=layers)
        """,
        message=(
            "`1` cannot be a key of a config, which must be a text",
            "`2` cannot be a key of a config, which must be a text",
        ),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(config=[("lr", 0.1), ("epochs", 3)])
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run.config.update(["lr", 0.1])
                          ^^^^^^^^^^^
        """,
        message="a list cannot be a config",
    ),
    Bad(
        """
        import wandb

        class Config:
            lr = 0.1
            epochs = 3

        run = wandb.init(project="texts", config=Config)
                                          ^^^^^^^^^^^^^
        """,
        message="`Config` is a class, which is recorded as an empty config",
    ),
    Bad(
        """
        import config
        import wandb

        run = wandb.init(project="texts", config=config)
                                          ^^^^^^^^^^^^^
        """,
        message="`config` is a module, which cannot be a config",
    ),
    Bad(
        """
        import numpy as np
        import wandb

        table = wandb.Table(columns=["text", "label"])
        data = wandb.Artifact("texts", type="dataset")
        params = {"backend": np, "data": data}
                  ^^^^^^^^^^^^^
                                 ^^^^^^^^^^^^
        run = wandb.init(config={"params": params, "samples": table})
                                                   ^^^^^^^^^^^^^^^^
        """,
        message=(
            "the module `numpy` under `backend` cannot be in a config",
            "an artifact under `data` cannot lie inside of a nested value of a config",
            "media under `samples` cannot be in a config",
        ),
    ),
    Good(
        """
        import wandb as wb

        params = {"layers": {1: 64, 2: 32}, "sizes": [64, 32]}
        with wb.init(project="texts", mode="offline", config={"params": params}) as run:
            assert run.config["params"]["sizes"] == [64, 32]
        """
    ),
    Good(
        """
        from argparse import ArgumentParser
        from dataclasses import dataclass
        import wandb

        @dataclass
        class Config:
            lr: float = 0.1

        parser = ArgumentParser()
        parser.add_argument("--epochs", type=int, default=3)
        run = wandb.init(config=Config())
        run.config.update(parser.parse_args())
        """
    ),
    Good(
        """
        import settings
        import wandb

        data = wandb.Artifact("texts", type="dataset")
        run = wandb.init(config={"params": vars(settings), "name": settings.__name__, "data": data})
        """
    ),
    Good(
        """
        import wandb
        from settings import load

        def start(pairs, key):
            config = load()
            if pairs:
                config = {key: value for key, value in pairs}
            return wandb.init(config=config)
        """
    ),
)

PROOF = Proof(bad=Raises("AttributeError", saying="'int' object has no attribute 'strip'"))
