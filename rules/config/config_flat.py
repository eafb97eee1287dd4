"""Reports a run's config without `params`.

Why it matters: a Trainer and other integrations write dozens of keys of their own into the same config.
What you set on purpose drowns among them, or is overwritten by a key of the same name. Under `params` it
stays apart and auditable, with what only describes the run under `meta` (The params / meta pattern).

When to ignore: where sweeps or dashboards of a running project rely on the flat keys.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    Dict,
    Entry,
    File,
    Finding,
    Good,
    Kind,
    Options,
    Preset,
    Rule,
    Tri,
    Unknown,
    doc,
    options,
)

from ._configs import configs, names_of, strays
from ._nesting import nest


class Nested(Options, frozen=True):
    meta: Annotated[
        tuple[str, ...], doc("Keys that the fix puts under `meta`; all others go under `params`.")
    ] = ()


RULE = Rule(
    code="WB202",
    name="config-flat",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="In a flat config, what you set on purpose cannot be told from what integrations write beside it.",
    how="Nest what changes behaviour under `params` and what only describes the run under `meta`.",
    fix=Applicability.UNSAFE,
    changes=("config",),
    options=Nested,
)


def check(file: File) -> Iterator[Finding]:
    for start, config in configs(file.model):
        flat = strays(config)
        if any(is_flat(entry) for entry in flat) and config.has("params") is Tri.NO:
            argument = start.arguments.find("config")
            span = config.span or (argument.span if argument else start.callee)
            word, verb = ("key", "is") if len(flat) == 1 else ("keys", "are")
            headline = f"config {word} {names_of(flat, 45)} {verb} not under `params`"
            yield Finding(span, headline, fix=file.fix_across(nest, start, file.options.meta))


# What turns an object with settings into a dict of them.
_NESTING = ("as_dict", "asdict", "dict", "model_dump", "to_container", "to_dict", "vars")


def is_flat(entry: Entry) -> bool:
    """Whether a key is there for certain, and is not one that others are nested under."""
    return entry.certain and not all(
        isinstance(value, Dict)
        or (isinstance(value, Unknown) and value.kind is Kind.MAPPING)
        or (isinstance(value, Unknown) and value.name.rsplit(".", 1)[-1] in _NESTING)
        for value in options(entry.value)
    )


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(config={"lr": 0.1, "batch_size": 32, "meta": {"task": "spam"}})
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="config keys `lr`, `batch_size` are not under `params`",
        fixed="""
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1, "batch_size": 32}, "meta": {"task": "spam"}})
        """,
    ),
    Bad(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--epochs", type=int, default=3)
        parser.add_argument("--batch-size", type=int, default=32)
        parser.add_argument("--seed", type=int, default=0)
        args = parser.parse_args()
        wandb.init(project="texts", config=vars(args))
                                           ^^^^^^^^^^
        """,
        message="config keys `lr`, `epochs`, `batch_size`, `seed` are not under `params`",
        fixed="""
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--epochs", type=int, default=3)
        parser.add_argument("--batch-size", type=int, default=32)
        parser.add_argument("--seed", type=int, default=0)
        args = parser.parse_args()
        wandb.init(project="texts", config={"params": vars(args)})
        """,
    ),
    Bad(
        """
        import wandb

        config = {}
                 ^^
        config["lr"] = 0.1
        run = wandb.init(config=config)
        """,
        message="config key `lr` is not under `params`",
        fixed="""
        import wandb

        config = {}
        config["lr"] = 0.1
        run = wandb.init(config={"params": config})
        """,
    ),
    Bad(
        """
        from dataclasses import asdict, dataclass

        import wandb

        @dataclass
        class Config:
            lr: float = 0.1

        run = wandb.init(config=asdict(Config()))
                                ^^^^^^^^^^^^^^^^
        """,
        message="config key `lr` is not under `params`",
        fixed="""
        from dataclasses import asdict, dataclass

        import wandb

        @dataclass
        class Config:
            lr: float = 0.1

        run = wandb.init(config={"params": asdict(Config())})
        """,
    ),
    Bad(
        """
        from dataclasses import asdict, dataclass

        import pyrallis
        import wandb

        @dataclass
        class Config:
            lr: float = 0.1

        @pyrallis.wrap()
        def train(config: Config):
            wandb.init(config=asdict(config))
                              ^^^^^^^^^^^^^^

        train()
        """,
        message="config key `lr` is not under `params`",
        fixed="""
        from dataclasses import asdict, dataclass

        import pyrallis
        import wandb

        @dataclass
        class Config:
            lr: float = 0.1

        @pyrallis.wrap()
        def train(config: Config):
            wandb.init(config={"params": asdict(config)})

        train()
        """,
    ),
    Bad(
        """
        import wandb

        config = {"lr": 0.1, "epochs": 3}
        with wandb.init(
            project="texts",
            config={
                   ^
                "lr": 0.1,  # from the paper
                # a label for people
                "task": "spam",
                "epochs": 3
            },
            ~
        ) as run:
            rate = run.config.lr
            print(f"{run.config.get('epochs', 1)} epochs of {run.config['task']}", rate)
        """,
        message="config keys `lr`, `task`, `epochs` are not under `params`",
        options={"meta": ["task"]},
        fixed="""
        import wandb

        config = {"lr": 0.1, "epochs": 3}
        with wandb.init(
            project="texts",
            config={
                "params": {
                    "lr": 0.1,  # from the paper
                    "epochs": 3,
                },
                "meta": {
                    # a label for people
                    "task": "spam",
                },
            },
        ) as run:
            rate = run.config["params"]["lr"]
            print(f"{run.config['params'].get('epochs', 1)} epochs of {run.config['meta']['task']}", rate)
        """,
    ),
    Bad(
        """
        import wandb
        from training import Model

        config = {"depth": 2, "width": 64}
                 ^^^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(project="texts", config=config)
        print(config["depth"])
        config = run.config
        model = Model(**config)
        artifact = wandb.Artifact("head", type="model", metadata={"config": dict(run.config)})
        run.log({"train/width": config.width})
        """,
        message="config keys `depth`, `width` are not under `params`",
        fixed="""
        import wandb
        from training import Model

        config = {"depth": 2, "width": 64}
        run = wandb.init(project="texts", config={"params": config})
        print(config["depth"])
        config = run.config
        model = Model(**config["params"])
        artifact = wandb.Artifact("head", type="model", metadata={"config": dict(run.config)})
        run.log({"train/width": config["params"]["width"]})
        """,
    ),
    Bad(
        """
        import wandb
        from training import fit

        run = wandb.init(project="texts", config={"lr": 0.1})
                                                 ^^^^^^^^^^^
        print(run.config["lr"])
        fit(run.config)
        """,
        message="config key `lr` is not under `params`",
    ),
    Good(
        """
        import wandb as wb

        params = {"lr": 0.1, "batch_size": 32}
        with wb.init(config={"params": params, "meta": {"task": "spam"}}) as run:
            print(run.config["params"]["lr"])
        with wb.init(config={"params": params}) as run:
            pass
        """
    ),
    Good(
        """
        import wandb
        from omegaconf import OmegaConf

        def start(cfg, defaults, more):
            wandb.init(config=OmegaConf.to_container(cfg))
            wandb.init(config={"lr": 0.1, **defaults}, reinit="finish_previous")
            wandb.init(config=more, reinit="finish_previous")
        """
    ),
    Good(
        """
        import wandb

        def start(settings, commit):
            wandb.init(config={"model": {"depth": 2}, "trainer": settings.as_dict()})
            found = {}
            if commit:
                found["commit"] = commit
            wandb.init(config=found, reinit="finish_previous")
        """
    ),
    Good(
        """
        import wandb

        def start(nested):
            config = {"lr": 0.1}
            if nested:
                config = {"params": config}
            else:
                config.update(nested)
            return wandb.init(config=config)
        """
    ),
)
