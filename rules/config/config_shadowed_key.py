"""Reports a config key read as an attribute that is a method of the config.

Why it matters: `run.config.items` is the config's own method, whatever the config holds under `items`.
Nothing raises there: the method itself goes on into the program, and only what uses it fails, or does not.
By its key the value is found (The params / meta pattern reads every value by its key).

When to ignore: where the method is meant, which is not called.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    ConfigRead,
    File,
    Finding,
    Good,
    Preset,
    Rule,
    RunStart,
    Tri,
    attribute_to_subscript,
    shown,
)

from ._configs import holdings, is_rebound
from .config_undeclared_key import METHODS

RULE = Rule(
    code="WB211",
    name="config-shadowed-key",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The attribute is a method of the config, not the value that the config holds under this name.",
    how='Read it by its key, as in `run.config["items"]`.',
    fix=Applicability.SAFE,
)


def check(file: File) -> Iterator[Finding]:
    if is_rebound(file.model):
        return
    held = {start.run: tuple(holdings(file.model, start)) for start in file.model.each(RunStart)}
    for read in file.model.each(ConfigRead):
        step = read.path[0] if read.path else None
        if read.run is None or step is None or not step.attribute or step.name not in METHODS:
            continue
        if any(config.has(step.name) is Tri.YES for config in held[read.run]):
            fix = file.fix("Read it by its key", attribute_to_subscript, step)
            headline = f"{shown('config.' + step.name)} is a method of the config, not what it holds"
            yield Finding(read.span, headline, fix=fix)


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}, "items": ["ham", "spam"]})
        for item in run.config.items:
                    ^^^^^^^^^^^^^^^^
            print(item)
        """,
        message="`config.items` is a method of the config, not what it holds",
        fixed="""
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}, "items": ["ham", "spam"]})
        for item in run.config["items"]:
            print(item)
        """,
    ),
    Bad(
        """
        import wandb

        wandb.init()
        wandb.config.update({"keys": 4, "lr": 0.1})
        heads = wandb.config.keys * 2
                ^^^^^^^^^^^^^^^^^
        """,
        message="`config.keys` is a method of the config, not what it holds",
        fixed="""
        import wandb

        wandb.init()
        wandb.config.update({"keys": 4, "lr": 0.1})
        heads = wandb.config["keys"] * 2
        """,
    ),
    Good(
        """
        import wandb as wb

        with wb.init(config={"params": {"items": 3, "lr": 0.1}, "values": [1, 2]}) as run:
            for key, value in run.config.items():
                print(key, value, run.config["params"]["items"], run.config.values)
        """
    ),
    Good(
        """
        import wandb

        def describe(settings, show):
            run = wandb.init(config=settings)
            show(run.config.items, run.config.update)
        """
    ),
    Good(
        """
        import wandb

        wandb.init(config={"items": 3})
        wandb.config = {"update": 1}
        print(wandb.config.update)
        """
    ),
)
