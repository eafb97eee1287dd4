"""Reports a variable of transformers' W&B integration that is set when it has been read already.

Why it matters: `WANDB_LOG_MODEL` is read when the Trainer is built, `WANDB_WATCH` and `WANDB_PROJECT` when it
begins to train. What is set later changes nothing: no model is uploaded, no gradients are logged, and
the run is in project `huggingface` (Integrations, Setup).

When to ignore: where it is meant for a Trainer of another program, started from here.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    EnvironmentSet,
    File,
    Finding,
    Good,
    Label,
    Model,
    Preset,
    Rule,
    RunStart,
    TrainerCall,
    TrainerMade,
    Tri,
    Unproven,
    constant,
    precedes,
)

from ..lifecycle._environment import place
from ._trainers import reporting, trainings

RULE = Rule(
    code="WB711",
    name="hf-env-order",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The Trainer does not look at it again: no model, no gradients, or the wrong project.",
    how="Set it at the top, before the Trainer is built.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for event in model.each(EnvironmentSet):
        name = constant(event.name) or ""
        readers = list(_readers(model, name)) if event.how != "delete" else []
        read = next((each for each in readers if precedes(model, each, event) is Tri.YES), None)
        # It is in time for whatever reads it and may come after it.
        later = [*readers, *(model.each(RunStart) if name == "WANDB_PROJECT" else ())]
        if read is not None and all(precedes(model, event, each) is Tri.NO for each in later):
            label = Label(read.callee, "it is read here")
            yield Finding(place(event), f"`{name}` is set after the Trainer has read it", related=(label,))


def _readers(model: Model, name: str) -> Iterator[TrainerMade | TrainerCall]:
    """The places at which Trainers that may report to W&B read a variable."""
    for training in trainings(model):
        if reporting(model, training) is Tri.NO:
            continue
        if name == "WANDB_LOG_MODEL":
            yield training.made
        elif name in ("WANDB_WATCH", "WANDB_PROJECT"):
            calls = (call for call in training.calls if call.method == "train")
            yield from (call for call in calls if name == "WANDB_WATCH" or call.active is not Tri.YES)


EXAMPLES = (
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        trainer = Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"]))
        os.environ["WANDB_LOG_MODEL"] = "end"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        trainer.train()
        """,
        message="`WANDB_LOG_MODEL` is set after the Trainer has read it",
    ),
    Bad(
        """
        # %%
        from trl import SFTConfig, SFTTrainer
        trainer = SFTTrainer("gpt2", SFTConfig("out", report_to="wandb"), train_dataset=train)
        trainer.train()

        # %%
        %env WANDB_PROJECT=texts
        ^^^^^^^^^^^^^^^^^^^^^^^^
        %env WANDB_WATCH=all
        ^^^^^^^^^^^^^^^^^^^^
        trainer.evaluate()
        """,
        notebook=True,
        message=(
            "`WANDB_PROJECT` is set after the Trainer has read it",
            "`WANDB_WATCH` is set after the Trainer has read it",
        ),
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        trainer = Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"]))
        os.environ["WANDB_PROJECT"] = "texts"
        os.environ["WANDB_WATCH"] = "all"
        trainer.train()
        """
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        dry = Trainer(model=model, args=TrainingArguments("dry", report_to="none", max_steps=1))
        dry.train()
        os.environ["WANDB_LOG_MODEL"] = "end"
        os.environ["WANDB_PROJECT"] = "texts"
        """
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        for fold in range(5):
            trainer = Trainer(model=model, args=TrainingArguments(f"fold-{fold}", report_to=["wandb"]))
            trainer.train()
            os.environ["WANDB_LOG_MODEL"] = "false"
        """
    ),
    Good(
        """
        import os
        import wandb
        from training import Trainer

        trainer = Trainer(model)
        os.environ["WANDB_LOG_MODEL"] = "end"
        """
    ),
)

PROOF = Unproven("needs transformers; read in its `WandbCallback`")
