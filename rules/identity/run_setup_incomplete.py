"""Reports a run that starts without its project, name, job type or config.

Why it matters: such a run lands in the project `uncategorized`, under two random words and without the
settings that made it: in the runs table it can be told from no other, filtered by nothing, and not
repeated. The guide asks for all four (Checklist for new Runs, Run setup). There is one finding
for a run, which lists what is missing.

When to ignore: where the program that starts this one gives the rest in a way that is not to be seen in
the project, such as variables set by a cluster's scheduler.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from wbcheck.rule import Bad, File, Finding, Good, Options, Preset, Rule, RunStart, Starter, Tri, doc

from ..lifecycle._sdk import misfits, was_removed
from ._setup import is_given, needs_nothing, stands_in

Word = Literal["project", "name", "job_type", "config", "group", "tags", "entity", "notes"]


class Required(Options, frozen=True):
    required: Annotated[tuple[Word, ...], doc("What every run's start gives.")] = (
        "project",
        "name",
        "job_type",
        "config",
    )


RULE = Rule(
    code="WB102",
    name="run-setup-incomplete",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="In the runs table it cannot be told from other runs, filtered, or repeated.",
    how="Pass them where the run starts.",
    options=Required,
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.done(RunStart):
        if (
            start.forwards
            or needs_nothing(start)
            or stands_in(file.model, start)
            or _is_misspelt(file, start)
        ):
            continue
        asked = [word for word in file.options.required if word not in _NOT_ASKED.get(start.starter, ())]
        if start.id < 0:
            # A function of another file starts it: what this one could have told it.
            asked = [word for word in asked if start.arguments.find(word) is not None]
        missing = [word for word in asked if is_given(file, start, word) is Tri.NO]
        if missing:
            yield Finding(start.callee, f"run starts without {_listed(missing)}", how=_how(start, missing))


def _is_misspelt(file: File, start: RunStart) -> bool:
    """Whether something is given by a name that no release has had: what is missing may be meant (WB606)."""
    return any(
        argument is not None and name and not was_removed(f"{start.name}:{name}", versions)
        for (argument, name), versions in misfits(file, start).items()
    )


# What a logger takes from the trainer, or has no argument for.
_NOT_ASKED = {Starter.LIGHTNING: ("config",)}


def _how(start: RunStart, missing: list[str]) -> str:
    what = "it" if len(missing) == 1 else "them"
    if start.starter is not Starter.ACCELERATE:
        return f"Pass {what} to `{start.callee_text}`."
    inside = [word for word in missing if word != "config"]
    return f'Pass {what} in `init_kwargs={{"wandb": {{...}}}}`.' if inside else "Pass `config=` to it."


def _listed(words: list[str]) -> str:
    names = [f"`{word}`" for word in words]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init() as run:
             ^^^^^^^^^^
            run.log({"train/loss": 0.1})
        """,
        message="run starts without `project`, `name`, `job_type` and `config`",
    ),
    Bad(
        """
        import click
        import wandb

        @click.group()
        def cli(): ...

        @cli.command()
        @click.option("--name")
        def train(name):
            with wandb.init(project="texts", name=name, job_type="train") as run:
                 ^^^^^^^^^^
                run.log({"train/loss": 0.1})
        """,
        message="run starts without `config`",
    ),
    Bad(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--name")
        args = parser.parse_args()

        run = wandb.init(project="texts", name=args.name, config=vars(args))
              ^^^^^^^^^^
        """,
        message="run starts without `job_type`",
    ),
    Bad(
        """
        from lightning.pytorch.loggers import WandbLogger

        logger = WandbLogger(project="texts", log_model=True)
                 ^^^^^^^^^^^
        """,
        message="run starts without `name` and `job_type`",
    ),
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", config={"params": {"lr": 0.1}})
        ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run starts without `name` and `job_type`",
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init() as run:
                 ^^^^^^^^^^
                run.log({"train/loss": run.config["params"]["lr"]})

        wandb.agent("team/texts/abc123", function=trial)
        """,
        message="run starts without `job_type`",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="clean-texts", job_type="clean", config={"params": {}})
              ^^^^^^^^^^
        """,
        message="run starts without `group`",
        options={"required": ["name", "group"]},
    ),
    Good(
        """
        import wandb

        class WandbHook:
            def __init__(self, init_kwargs=None):
                self.init_kwargs = init_kwargs

            def before_run(self):
                if self.init_kwargs:
                    self.run = wandb.init(**self.init_kwargs)
                else:
                    self.run = wandb.init()
        """
    ),
    Good(
        """
        from unittest.mock import patch
        import wandb

        with patch("wandb.init"):
            wandb.init()
        """
    ),
    Good(
        """
        import time
        import wandb as wb

        CONFIG = {"params": {"lr": 0.1}}

        with wb.init(
            project="texts", name=f"exp-003-train-{int(time.time())}", job_type="train", config=CONFIG
        ) as run:
            run.log({"train/loss": 0.1})
        """
    ),
    Good(
        """
        import os
        import wandb
        from settings import tracking

        os.environ["WANDB_PROJECT"] = "texts"

        first = wandb.init(**tracking)
        first.finish()

        run = wandb.init(job_type="clean")
        run.name = "clean-texts"
        run.config.update({"params": {"lowercase": True}})
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        class Tracker:
            def __init__(self, project, settings):
                self.run = wandb.init(project=project, config=settings)

        class Meter:
            def __init__(self):
                if wandb.run is None:
                    self.start()

            def start(self):
                wandb.init()

        class Journal:
            def __init__(self, title):
                self.title = title

            def open(self):
                self.run = wandb.init(project="texts", name=self.title)

        class Callback:
            def __init__(self, **given):
                self.given = given

            def on_start(self):
                wandb.init(**self.given)

        if __name__ == "__main__":
            Journal("trial of the journal").open()
            Callback(project="texts").on_start()
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", name="clean-texts", job_type="clean") as run:
            print(run.config["params"]["lowercase"])
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(id="f00ba4", resume="must")
        run.finish()
        run = wandb.init(project="texts", id="c0ffee", resume="allow")
        off = wandb.init(mode="disabled")
        """
    ),
    Good(
        """
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        run = wandb.init(
            project="texts",
            config={"params": {"lr": 0.1}},
            settings=wandb.Settings(run_name="exp-003-eval-20250102T1030Z", run_job_type="eval"),
        )
        logger = WandbLogger(log_model=True)
        """
    ),
    Good(
        """
        import wandb

        def main():
            run = wandb.init(job_type="train")
            run.log({"train/loss": run.config["params"]["lr"]})
        """,
        path="train.py",
        beside={
            "sweep.py": """
            import wandb
            from train import main

            wandb.agent("team/texts/abc123", function=main)
            """
        },
    ),
    Good(
        """
        import mlflow
        from simulation import wandb

        mlflow.start_run()
        wandb.init()
        """
    ),
    Good(
        """
        import wandb

        # WB606 asks whether `name` was meant.
        wandb.init(project="texts", run_name="exp-003-train-1", job_type="train", config={"params": {}})
        """
    ),
)
