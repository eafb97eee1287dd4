"""Reports a run that starts without a group.

Why it matters: runs that belong together, such as the training and the evaluation of one experiment or the
stages of a pipeline, are shown as a unit only if they say so by a group of the same name (Groups;
Checklist for new Runs). What else a run's set-up lacks is said by WB102 and WB110 at the same place.

When to ignore: for a run that belongs to no other, such as a notebook's sketch.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Preset, Rule

from ._missing import without

RULE = Rule(
    code="WB106",
    name="group-missing",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Runs of one experiment or pipeline are shown together only if they share a group.",
    how='Pass `group=`, such as `"exp-003"`, or set `WANDB_RUN_GROUP` for all of them.',
)


def check(file: File) -> Iterator[Finding]:
    # The runs of a sweep are shown together by the sweep.
    yield from without(file, "group", by_sweep=True)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", name="clean-texts", job_type="clean") as run:
             ^^^^^^^^^^
            run.log({"clean/rows": 100})
        """,
        message="run starts without `group`",
    ),
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs={"wandb": {"name": "exp-003-train-1734445800"}})
        ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run starts without `group`",
    ),
    Bad(
        """
        from lightning.pytorch.loggers import WandbLogger

        logger = WandbLogger(project="texts", name="exp-003-train-1734445800", group=None)
                 ^^^^^^^^^^^
        """,
        message="run starts without `group`",
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts", group="exp-003") as run:
            run.log({"train/loss": 0.1})
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_RUN_GROUP"] = "exp-003"
        run = wandb.init(project="texts")
        """
    ),
    Good(
        """
        import wandb
        from settings import tracking

        class Tracker:
            def __init__(self, project, **given):
                self.run = wandb.init(project=project, **given)

        def start(group):
            return wandb.init(project="texts", group=group)

        first = wandb.init(project="texts", **tracking)
        first.finish()
        again = wandb.init(project="texts", id="c0ffee", resume="must")
        """
    ),
    Good(
        """
        import wandb

        def trial():
            with wandb.init(job_type="train") as run:
                run.log({"train/loss": run.config["params"]["lr"]})

        wandb.agent("team/texts/abc123", function=trial)
        """
    ),
    Good(
        """
        import wandb

        api = wandb.Api()
        for run in api.runs("team/texts"):
            print(run.group)
        off = wandb.init(mode="disabled")
        """
    ),
)
