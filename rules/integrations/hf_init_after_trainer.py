"""Reports a `wandb.init` that comes after the Trainer was built.

Why it matters: a Trainer takes the run that is active. One that is built before it, and is asked to evaluate
or train a little first, starts a run of its own, in project `huggingface`; the `wandb.init` after it then
gives back that one, and does not look at its own name and config. The guide has the run first (Integrations,
Manual Initialization).

When to ignore: where nothing at all is called on the Trainer before the run starts.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Good,
    Label,
    Preset,
    Rule,
    RunStart,
    Tri,
    precedes,
)

from ._trainers import STEPS, is_manual, reporting, trainings

RULE = Rule(
    code="WB702",
    name="hf-init-after-trainer",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="What the Trainer does before it goes to a run of its own, in project `huggingface`.",
    how="Start the run first, and build the Trainer inside of it.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    starts = [start for start in model.each(RunStart) if is_manual(start)]
    for training in trainings(model):
        if training.made.active is not Tri.NO or reporting(model, training) is Tri.NO:
            continue
        calls = [call for call in training.calls if call.method in STEPS]
        for start in starts:
            is_its_own = any(call.active is Tri.YES and call.run == start.run for call in calls)
            if is_its_own and precedes(model, training.made, start) is Tri.YES:
                label = Label(training.made.callee, "the Trainer is built here")
                message = f"`{start.callee_text}` comes after the Trainer was built"
                yield Finding(start.callee, message, related=(label,))


EXAMPLES = (
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"])
        trainer = Trainer(model=model, args=arguments, train_dataset=train)
        with wandb.init(project="texts", job_type="train") as run:
             ^^^^^^^^^^
            trainer.train()
        """,
        message="`wandb.init` comes after the Trainer was built",
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"])
        with wandb.init(project="texts", job_type="train") as run:
            trainer = Trainer(model=model, args=arguments, train_dataset=train)
            trainer.train()

        with wandb.init(project="texts", job_type="eval") as run:
            run.log({"eval/f1": score(model)})
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        trainer = Trainer(model=model, args=TrainingArguments("out", report_to="none"))
        with wandb.init(project="texts", job_type="train") as run:
            trainer.train()
            run.summary["train/loss"] = trainer.state.log_history[-1]["loss"]
        """
    ),
    Good(
        """
        import wandb
        from training import Trainer

        trainer = Trainer(model)
        with wandb.init(project="texts", job_type="train") as run:
            trainer.train()
        """
    ),
)
