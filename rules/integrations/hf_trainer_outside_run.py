"""Reports a Trainer that is called when the run it has reported to has ended.

Why it matters: the Trainer looks for the active run. After the end of the `with` block there is none: a
`train` that is the first one starts another run, in project `huggingface` and under a name of its own; a
later `evaluate` or `predict` of a Trainer that has trained raises `You must call wandb.init()` (Integrations,
Manual Initialization).

When to ignore: never; call it inside the block.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Finish,
    Good,
    Label,
    Model,
    Preset,
    Rule,
    TrainerCall,
    Tri,
    Unproven,
    shown,
)

from ._trainers import STEPS, Training, active_at, is_manual, reporting, trainings

RULE = Rule(
    code="WB707",
    name="hf-trainer-outside-run",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Without an active run the Trainer starts another one, in project `huggingface`, or raises.",
    how="Call it before the run ends: inside of its `with` block.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for training in trainings(model):
        searches = any(call.method == "hyperparameter_search" for call in training.calls)
        if searches or reporting(model, training) is not Tri.YES:
            continue  # a search ends the run itself, and leaves another one active
        for call in training.calls:
            end = None if call.finish is None else model.events[call.finish]
            if call.method in STEPS and isinstance(end, Finish) and _belongs(model, training, call, end):
                told = "it ends with this block" if end.with_exit else "it ends here"
                message = f"{shown(call.callee_text)} is called after the end of the run"
                yield Finding(call.callee, message, related=(Label(end.span, told),))


def _belongs(model: Model, training: Training, call: TrainerCall, end: Finish) -> bool:
    """Whether the run that has ended is the trainer's: it was made in it, or called in it before."""
    runs = {run for event, run in active_at(training) if event.id != call.id}
    return len(end.runs) == 1 and end.runs[0] in runs and is_manual(model.start_of(end.runs[0]))


EXAMPLES = (
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", name="exp-003-train-20250102T1030Z") as run:
            arguments = TrainingArguments("out", report_to=["wandb"])
            trainer = Trainer(model=model, args=arguments, train_dataset=train, eval_dataset=held_out)
            trainer.train()

        trainer.save_model("out/best")
        print(trainer.evaluate())
              ^^^^^^^^^^^^^^^^
        """,
        message="`trainer.evaluate` is called after the end of the run",
    ),
    Bad(
        """
        import wandb
        from trl import SFTConfig, SFTTrainer

        wandb.init(project="texts")
        trainer = SFTTrainer("gpt2", SFTConfig("out", report_to="wandb"), train_dataset=train)
        wandb.finish()
        trainer.train()
        ^^^^^^^^^^^^^
        """,
        message="`trainer.train` is called after the end of the run",
    ),
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        class Weighted(Trainer):
            def compute_loss(self, model, inputs, **more):
                return weighted(model, inputs)

        arguments = TrainingArguments("out", report_to=["tensorboard", "wandb"])
        trainer = Weighted(model=model, args=arguments)
        with wandb.init(project="texts"):
            trainer.train()
        trainer.predict(test)
        ^^^^^^^^^^^^^^^
        """,
        message="`trainer.predict` is called after the end of the run",
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts") as run:
            trainer = Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"]))
            trainer.train()
            trainer.evaluate()
        trainer.save_model("out/best")
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="ingest") as run:
            run.log_artifact("texts.csv", type="dataset")

        arguments = TrainingArguments("out", report_to=["wandb"], run_name="exp-003-train")
        Trainer(model=model, args=arguments).train()
        """
    ),
    Good(
        """
        import wandb as wb
        from transformers import Trainer, TrainingArguments

        with wb.init(project="texts") as run:
            trainer = Trainer(model=model, args=TrainingArguments("out", report_to="none"))
            trainer.train()
            run.summary["loss"] = trainer.state.best_metric
        trainer.evaluate()
        """
    ),
    Good(
        """
        import wandb
        from tracking import restart
        from transformers import Trainer, TrainingArguments

        def main(arguments: TrainingArguments):
            with wandb.init(project="texts"):
                trainer = Trainer(model=model, args=arguments)
                trainer.train()
            trainer.evaluate()

            with wandb.init(project="texts"):
                second = Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"]))
            restart()
            second.train()
        """
    ),
)

PROOF = Unproven("needs transformers; read in its callback, and seen with it")
