"""Reports a run that starts without tags.

Why it matters: tags are the one freeform way to say what a run is about, how it was done, where, why, and
what became of it (`nlp`, `baseline`, `sagemaker`, `ablation`, `prod-candidate`), and the runs table filters
by them (Tags; Checklist for new Runs). What else a run's set-up lacks is said by WB102 and WB106 at the
same place.

When to ignore: where people tag runs in the dashboard, once they have seen how they went.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Preset, Rule

from ._missing import without

RULE = Rule(
    code="WB110",
    name="tags-missing",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Without tags the run is not found by what it is about, how it was done, or why.",
    how='Pass `tags=`, a list such as `["nlp", "baseline"]`.',
)


def check(file: File) -> Iterator[Finding]:
    yield from without(file, "tags", by_sweep=False)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", name="clean-texts", job_type="clean", group="texts-v2") as run:
             ^^^^^^^^^^
            run.log({"clean/rows": 100})
        """,
        message="run starts without `tags`",
    ),
    Bad(
        """
        from lightning.pytorch.loggers import WandbLogger

        logger = WandbLogger(project="texts", group="exp-003", log_model=True)
                 ^^^^^^^^^^^
        """,
        message="run starts without `tags`",
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init(job_type="train", tags=None) as run:
                 ^^^^^^^^^^
                run.log({"train/loss": run.config["params"]["lr"]})

        wandb.agent("team/texts/abc123", function=trial)
        """,
        message="run starts without `tags`",
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts", tags=["nlp", "baseline"]) as run:
            run.log({"train/loss": 0.1})
        """
    ),
    Good(
        """
        import wandb

        first = wandb.init(project="texts")
        first.tags = ["nlp"]
        first.finish()
        second = wandb.init(project="texts")
        second.tags += ("nlp",)
        """
    ),
    Good(
        """
        import wandb

        def start(**given):
            return wandb.init(project="texts", **given)

        run = wandb.init(project="texts", settings=wandb.Settings(run_tags=["nlp"]))
        """
    ),
    Good(
        """
        import wandb
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs={"wandb": {"tags": ["nlp"]}})
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        train(run)
        """,
        beside={
            "main.py": """
            import os
            import subprocess
            import wandb

            os.environ["WANDB_TAGS"] = "nlp,baseline"
            subprocess.run(["python", "example.py"], check=True)
            """
        },
    ),
)
