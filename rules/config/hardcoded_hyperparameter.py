"""Reports a literal given by the very name of a parameter that the run's config declares.

Why it matters: the config says `lr: 0.1`, and the optimiser is built with another rate that is typed in.
Every run looks as if it had been trained with the recorded value, and a sweep over it changes nothing. The
config has to tell the code what to do (Config as a Contract).

When to ignore: where another thing just has an argument of the same name.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    ConfigWrite,
    Dict,
    Edits,
    File,
    Finding,
    Good,
    LiteralArgument,
    Options,
    Preset,
    Rule,
    RunStart,
    constant,
    doc,
    shown,
)

from ._configs import Handle, as_read, handle_at, is_rebound, is_running


class Hardcoded(Options, frozen=True):
    ignored: Annotated[tuple[str, ...], doc("Names that say too little to be that parameter's.")] = (
        *"name type mode path title label device dtype project split format version dim axis size".split(),
    )


RULE = Rule(
    code="WB216",
    name="hardcoded-hyperparameter",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The record says what the config holds, and this is another value that no sweep can set.",
    how="Read the value from `run.config`.",
    fix=Applicability.UNSAFE,
    options=Hardcoded,
)


# How a model is asked is not how it was trained.
_ELSEWHERE = ("predict", "evaluate")


def check(file: File) -> Iterator[Finding]:
    for literal in () if is_rebound(file.model) else file.model.each(LiteralArgument):
        start = file.model.start_of(literal.run)
        config = start.get("config") if start is not None else None
        if start is None or not isinstance(config, Dict) or not is_setting(file, start, literal):
            continue
        way = way_to(config, literal.name)
        if way is not None:
            fix = file.fix(
                "Read it from the config", read_from, handle_at(file.model, start, [literal]), way, literal
            )
            call = shown(f"{literal.taker}({literal.name}=…)", 33)
            yield Finding(literal.span, f"{call} ignores the config's {shown('.'.join(way), 21)}", fix=fix)


def is_setting(file: File, start: RunStart, literal: LiteralArgument) -> bool:
    """Whether a call that is not W&B's is given the literal once the run has certainly started."""
    if literal.name in file.options.ignored or literal.value.span is None:
        return False
    if literal.taker.split(".")[0] in (
        "wandb",
        "wb",
        "run",
        "dict",
        "print",
        *file.model.runs[start.run].names,
    ):
        return False
    if any(write.span.contains(literal.span) for write in file.model.each(ConfigWrite)):
        return False  # `params.update(lr=0.2)` is config-nested-mutation's
    is_inside = start.span.start <= literal.span.start < start.span.end
    return not is_inside and is_running(file.model, start, literal)


def way_to(config: Dict, name: str) -> tuple[str, ...] | None:
    """The only way to a value of this name in a config, what only describes the run left out."""
    ways = list(ways_to(config, name, ()))
    return ways[0] if len(ways) == 1 else None


def ways_to(config: Dict, name: str, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for entry in config.entries:
        key = constant(entry.key)
        if key == name and entry.certain and not isinstance(entry.value, Dict):
            yield (*before, key)
        elif key is not None and isinstance(entry.value, Dict) and (before or key != "meta"):
            yield from ways_to(entry.value, name, (*before, key))


def read_from(text: str, run: Handle | None, way: tuple[str, ...], literal: LiteralArgument) -> Edits | None:
    return as_read(text, run, way, literal.value.span) if literal.value.span is not None else None


EXAMPLES = (
    Bad(
        """
        import wandb
        from training import AdamW, model

        with wandb.init(config={"params": {"lr": 1e-3, "epochs": 3}}) as run:
            optimizer = AdamW(model.parameters(), lr=1e-4)
                                                  ^^^^^^^
        """,
        message="`AdamW(lr=…)` ignores the config's `params.lr`",
        fixed="""
        import wandb
        from training import AdamW, model

        with wandb.init(config={"params": {"lr": 1e-3, "epochs": 3}}) as run:
            optimizer = AdamW(model.parameters(), lr=run.config["params"]["lr"])
        """,
    ),
    Bad(
        """
        import wandb
        from training import Trainer

        def build():
            return Trainer(max_epochs=3, precision="bf16")
                           ^^^^^^^^^^^^

        run = wandb.init(config={"params": {"max_epochs": 10}, "meta": {"precision": "fp32"}})
        trainer = build()
        """,
        message="`Trainer(max_epochs=…)` ignores the config's `params.max_epochs`",
    ),
    Good(
        """
        import wandb as wb
        from training import AdamW, model

        with wb.init(config={"params": {"lr": 1e-3}}) as run:
            optimizer = AdamW(model.parameters(), lr=run.config["params"]["lr"], weight_decay=0.01)
        """
    ),
    Good(
        """
        import wandb
        from training import AdamW, Parameters

        params = Parameters(lr=1e-3)
        run = wandb.init(config={"params": {"lr": params.lr}})
        run.config.params.update(lr=1e-4)
        run.log_artifact("weights.bin", name="spam", type="model")
        run.finish()
        AdamW(params, lr=1e-4)
        """
    ),
    Good(
        """
        import wandb
        from training import AdamW, model

        def scale(lr=1e-3):
            return lr

        config = {"generator": {"lr": 1e-3}, "critic": {"lr": 1e-4}}
        run = wandb.init(config={"params": config})
        optimizer = AdamW(model.parameters(), lr=3e-4)
        """
    ),
    Good(
        """
        import wandb
        from training import DataLoader, mails

        run = wandb.init(config={"params": {"batch_size": 32}})
        samples = DataLoader(mails, batch_size=1)
        run.finish()
        """,
        options={"ignored": ["batch_size"]},
    ),
)
