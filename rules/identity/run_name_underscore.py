"""Reports underscores in the constant parts of a run's name.

Why it matters: dashes are the one delimiter that works in all W&B names but metrics, and in a list of runs
`exp-003-train` and `exp_003_train` neither sort nor filter together. The guide asks for dashes in every
name but those of metrics (Naming Conventions, General Rule).

When to ignore: where other tools look runs up by a name that has underscores.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Preset,
    Rule,
    setup,
    texts,
)

from ._dashes import underscores

RULE = Rule(
    code="WB101",
    name="run-name-underscore",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Dashes work in every W&B name but a metric's: runs that are named alike sort and filter together.",
    how="Write `-` for `_`.",
    fix=Applicability.SAFE,
    changes=("name",),
)


def check(file: File) -> Iterator[Finding]:
    for place in setup.given(file.model, "name"):
        for text in texts(place.value):
            # What a function of another file is given may serve it for more.
            kind = Applicability.SAFE if place.event.id >= 0 else Applicability.UNSAFE
            found = underscores(file, text, place.event.span, "run name", kind)
            if found is not None:
                yield found


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", name="exp_003_train") as run:
                                               ^^^^^^^^^^^^^
            run.log({"train/loss": 0.1})
        """,
        message="run name `exp_003_train` has underscores",
        fixed="""
        import wandb

        with wandb.init(project="texts", name="exp-003-train") as run:
            run.log({"train/loss": 0.1})
        """,
    ),
    Bad(
        """
        import time
        import wandb

        run = wandb.init(name=f"exp_003-{int(time.time())}_train")
                                ^^^^^^^^
        """,
        message="run name `exp_003-{}_train` has underscores",
        fixed="""
        import time
        import wandb

        run = wandb.init(name=f"exp-003-{int(time.time())}-train")
        """,
    ),
    Bad(
        """
        import wandb

        NAME = "clean_texts"
                ^^^^^^^^^^^
        run = wandb.init()
        run.name = NAME
        """,
        message="run name `clean_texts` has underscores",
        fixed="""
        import wandb

        NAME = "clean-texts"
        run = wandb.init()
        run.name = NAME
        """,
    ),
    Bad(
        """
        from transformers import TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"], run_name="exp_003_train")
                                                                            ^^^^^^^^^^^^^
        """,
        message="run name `exp_003_train` has underscores",
        fixed="""
        from transformers import TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"], run_name="exp-003-train")
        """,
    ),
    Bad(
        """
        import wandb

        settings = wandb.Settings(run_name="clean_texts", save_code=True)
                                            ^^^^^^^^^^^
        run = wandb.init(project="texts", settings=settings)
        """,
        message="run name `clean_texts` has underscores",
        fixed="""
        import wandb

        settings = wandb.Settings(run_name="clean-texts", save_code=True)
        run = wandb.init(project="texts", settings=settings)
        """,
    ),
    Bad(
        """
        # Slurm starts it
        WANDB_NAME="exp_003-$SLURM_JOB_ID" python train.py
                    ^^^^^^^^
        """,
        path="train.sh",
        message="run name `exp_003-{}` has underscores",
        fixed="""
        # Slurm starts it
        WANDB_NAME="exp-003-$SLURM_JOB_ID" python train.py
        """,
    ),
    Bad(
        """
        logger:
          _target_: lightning.pytorch.loggers.WandbLogger
          project: texts
          name: exp_003-${seed}
                ^^^^^^^^
        """,
        path="configs/train.yaml",
        message="run name `exp_003-{}` has underscores",
        fixed="""
        logger:
          _target_: lightning.pytorch.loggers.WandbLogger
          project: texts
          name: exp-003-${seed}
        """,
    ),
    Good(
        """
        env:
          WANDB_NAME: ${{ github.job }}-exp
        steps:
          - run: echo "WANDB_NAME=exp_003 names the run"
        """,
        path=".github/workflows/train.yml",
    ),
    Good(
        """
        import wandb
        from transformers import TrainingArguments

        quiet = TrainingArguments("out", report_to="none", run_name="exp_003_train")
        with wandb.init(project="texts", name="exp-003-train"):
            arguments = TrainingArguments("out", report_to="wandb", run_name="exp_003_train")
        """
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="a_b", name="exp-003-train", config={"params": {"batch_size": 8}})
        """
    ),
    Good(
        """
        import wandb
        from pool import worker

        def start(exp_name):
            return wandb.init(name=exp_name)

        pool = worker.init(name="not_a_run")
        """
    ),
)
