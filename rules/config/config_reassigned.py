"""Reports a value that is read from a run's config and then changed.

Why it matters: the record says what the config holds, and the program goes on with something else: a rate
that is multiplied by the number of processes is in no column of the runs table, and whoever repeats the
run with the recorded values gets another model. Let the config tell the code what to do (Config as a
Contract).

When to ignore: where the changed value is recorded under a name of its own.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, ConfigChanged, File, Finding, Good, Preset, Rule, Text, shown

from ._configs import is_rebound

RULE = Rule(
    code="WB215",
    name="config-reassigned",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The record says what the config holds, and not the value that the run goes on with.",
    how="Compute the value before `wandb.init` and put it into the config, or give the result another name.",
)


def check(file: File) -> Iterator[Finding]:
    for change in () if is_rebound(file.model) else file.model.each(ConfigChanged):
        keys = [step.key.skeleton if isinstance(step.key, Text) else "{}" for step in change.path]
        way = ".".join(["config", *keys])
        yield Finding(change.span, f"{shown(change.name, 20)}, read from {shown(way, 30)}, is changed")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(config={"params": {"lr": 0.1}}) as run:
            lr = run.config["params"]["lr"]
            lr *= 8
            ^^^^^^^
        """,
        message="`lr`, read from `config.params.lr`, is changed",
    ),
    Bad(
        """
        import os
        import wandb

        wandb.init(config={"params": {"batch_size": 32}})
        batch_size = wandb.config.params["batch_size"]
        batch_size = batch_size // int(os.environ["WORLD_SIZE"])
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`batch_size`, read from `config.params.batch_size`, is changed",
    ),
    Good(
        """
        import wandb as wb

        world_size = 8
        params = {"lr": 0.1 * world_size}
        with wb.init(config={"params": params}) as run:
            lr = run.config["params"]["lr"]
            warm = lr * 0.1
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(config={"params": {"epsilon": 0.1, "steps": 100}})
        epsilon = run.config["params"]["epsilon"]
        for step in range(run.config["params"]["steps"]):
            epsilon *= 0.99
        """
    ),
    Good(
        """
        import wandb

        def train(config):
            lr = config["lr"]
            lr *= 8
            return wandb.init(config={"params": {"lr": lr}})
        """
    ),
)
