"""Reports a Trainer that reports to W&B in a project that does not set `WANDB_LOG_MODEL`.

Why it matters: without it the best model stays on the disk of the machine that has trained it: the run has
metrics and no model, and nothing that comes after it can name its input (Integrations, Setup). The variable
may be set in the code, in `.env`, shell, Docker and CI files.

When to ignore: where the model is logged by code of your own in another file.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactLogged,
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Model,
    Preset,
    Rule,
    Tri,
    constant,
    shown,
)

from ._trainers import reporting, sets, trainings

RULE = Rule(
    code="WB703",
    name="hf-log-model-unset",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The trained model stays on a disk: the run has metrics, and no model artifact.",
    how="Set `WANDB_LOG_MODEL=end`, in the environment or at the top of the program.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if sets(file, "WANDB_LOG_MODEL") is not Tri.NO:
        return
    if any(_may_be_model(model, logged) for logged in model.each(ArtifactLogged)):
        return
    told: set[int] = set()
    for training in trainings(model):
        given = training.given
        if given is None or given.id in told or reporting(model, training) is not Tri.YES:
            continue
        if any(call.method == "train" for call in training.calls):
            told.add(given.id)
            message = f"{shown(given.callee_text)} reports to W&B, and `WANDB_LOG_MODEL` is not set"
            yield Finding(given.callee, message)


def _may_be_model(model: Model, logged: ArtifactLogged) -> bool:
    """Whether the code may log the model itself: what it logs is not known to be of another type."""
    made = (model.events[model.artifacts[number].made] for number in logged.artifacts)
    types = [logged.get("type"), *(each.get("type") for each in made if isinstance(each, ArtifactMade))]
    known = [constant(each) for each in types if each is not None]
    return not known or any(each is None or "model" in each or "checkpoint" in each for each in known)


EXAMPLES = (
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            arguments = TrainingArguments("out", report_to=["wandb"])
                        ^^^^^^^^^^^^^^^^^
            Trainer(model=model, args=arguments, train_dataset=train).train()
        """,
        message="`TrainingArguments` reports to W&B, and `WANDB_LOG_MODEL` is not set",
    ),
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            predictions = wandb.Artifact("spam-predictions", type="predictions")
            arguments = TrainingArguments("out", report_to=["wandb"])
                        ^^^^^^^^^^^^^^^^^
            trainer = Trainer(model=model, args=arguments, train_dataset=train)
            trainer.train()
            run.log_artifact(predictions)
        """,
        message="`TrainingArguments` reports to W&B, and `WANDB_LOG_MODEL` is not set",
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"])
        Trainer(model=model, args=arguments, train_dataset=train).train()
        """
    ),
    Good(
        """
        from dotenv import load_dotenv
        from transformers import Trainer, TrainingArguments

        load_dotenv()
        arguments = TrainingArguments("out", report_to=["wandb"])
        Trainer(model=model, args=arguments, train_dataset=train).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            arguments = TrainingArguments("out", report_to=["wandb"])
            trainer = Trainer(model=model, args=arguments, train_dataset=train)
            trainer.train()
            trainer.save_model("out/best")
            run.log_artifact("out/best", name="spam-filter", type="model")
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        quiet = TrainingArguments("out", report_to="none")
        Trainer(model=model, args=quiet, train_dataset=train).train()
        """
    ),
)
