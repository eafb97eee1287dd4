"""Reports arguments of Lightning's `WandbLogger` that a run which is active already leaves without effect.

Why it matters: a `WandbLogger` takes the run that is active, and hands `project`, `name`, `tags`, `config`
and the like to `wandb.init` only where there is none. They are in the code, and the run has nothing of them.
`experiment`, `log_model`, `prefix` and `save_dir` are the logger's own, and work.

When to ignore: where the logger is also used without the run, by a flag that is not to be seen here.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Argument,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Nothing,
    Preset,
    Rule,
    RunStart,
    Starter,
    Tri,
    listed,
)

from ._trainers import is_manual
from ._values import says

RULE = Rule(
    code="WB710",
    name="lightning-kwargs-ignored",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The logger takes the active run as it is: what it is given for a new one is not looked at.",
    how="Give it to `wandb.init`, or leave the start of the run to the logger.",
)

# What stays the logger's own, whoever has started the run.
_OWN = frozenset(
    "save_dir dir experiment log_model prefix checkpoint_name add_file_policy log_checkpoint_on anonymous "
    "offline".split()
)


def check(file: File) -> Iterator[Finding]:
    for logger in file.model.each(RunStart):
        start = file.model.start_of(logger.previous)
        if logger.starter is not Starter.LIGHTNING or logger.active is not Tri.YES or start is None:
            continue
        if not is_manual(start):
            continue
        lost = [
            each for each in logger.arguments.items if each.name not in _OWN and not _is_same(each, start)
        ]
        if lost:
            span = lost[0].span if len(lost) == 1 else logger.callee
            message = f"`WandbLogger` ignores {listed([each.name for each in lost], 36)}, as a run is active"
            yield Finding(span, message, related=(Label(start.callee, "the active run starts here"),))


def _is_same(argument: Argument, start: RunStart) -> bool:
    """Whether an argument says what the run has been given already, or nothing at all."""
    if isinstance(argument.value, Nothing) or not argument.name:
        return True
    name = "id" if argument.name == "version" else argument.name
    given = start.arguments.find(name)
    if given is None:
        return start.arguments.given(name) is Tri.UNKNOWN
    return says(given.value) == says(argument.value)


EXAMPLES = (
    Bad(
        """
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        run = wandb.init(project="texts")
        logger = WandbLogger(name="exp-003-train", tags=["baseline"], log_model=True)
                 ^^^^^^^^^^^
        """,
        message="`WandbLogger` ignores `name`, `tags`, as a run is active",
    ),
    Bad(
        """
        import pytorch_lightning as pl
        import wandb

        with wandb.init(project="texts", job_type="train"):
            logger = pl.loggers.WandbLogger(project="text-models")
                                            ^^^^^^^^^^^^^^^^^^^^^
            pl.Trainer(logger=logger).fit(model)
        """,
        message="`WandbLogger` ignores `project`, as a run is active",
    ),
    Good(
        """
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        with wandb.init(project="texts", job_type="train") as run:
            logger = WandbLogger(experiment=run, log_model="all", prefix="big", save_dir="logs")
            again = WandbLogger(project="texts", name=None)
        """
    ),
    Good(
        """
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        logger = WandbLogger(project="texts", name="exp-003-train", tags=["baseline"])
        wandb.finish()
        """
    ),
    Good(
        """
        import wandb
        from pytorch_lightning.loggers import WandbLogger

        def logger(settings):
            return WandbLogger(project="texts", **settings)

        run = wandb.init(project="texts")
        run.finish()
        second = WandbLogger(project="texts", name="exp-004-train")
        """
    ),
    Good(
        """
        import wandb
        from loggers import WandbLogger

        run = wandb.init(project="texts")
        logger = WandbLogger(name="exp-003-train")
        """
    ),
    Good(
        """
        import wandb
        from wandb.integration.lightning.fabric import WandbLogger

        dry = wandb.init(mode="disabled")
        logger = WandbLogger(project="texts", name="exp-003-train")
        """
    ),
)
