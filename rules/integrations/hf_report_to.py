"""Reports a run around a Trainer whose arguments do not report to W&B.

Why it matters: the run is there, and nothing of the training in it: no losses, no arguments, no
model. Since transformers 5 a Trainer reports to nothing unless it is told to; before, it reported to all that
is installed, with a notice that this would end. The guide has it written out (Integrations, Setup).

When to ignore: where the program logs all that it wants of the training itself; `report_to="none"` says so.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Preset,
    Rule,
    Tri,
    set_argument,
    shown,
)

from ._trainers import calls_back, reports, run_around, trainings

RULE = Rule(
    code="WB701",
    name="hf-report-to",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Since transformers 5 a Trainer reports nowhere unless told to: the run stays without the training.",
    how='Give it `report_to=["wandb"]`, or `report_to="none"` where that is meant.',
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    told: set[int] = set()
    for training in trainings(model):
        given, start = training.given, run_around(model, training)
        if given is None or start is None or given.id in told or calls_back(model, training) is not Tri.NO:
            continue
        trains = any(call.method == "train" for call in training.calls) or not training.calls
        if trains and reports(model, given).is_told is Tri.NO:
            told.add(given.id)
            fix = file.fix("Report to W&B", set_argument, given.arguments, "report_to", '["wandb"]')
            related = (Label(start.callee, "the run that it trains in"),)
            message = f"{shown(given.callee_text)} does not report to the run around it"
            yield Finding(given.callee, message, fix=fix, related=related)


EXAMPLES = (
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            arguments = TrainingArguments("out", num_train_epochs=3)
                        ^^^^^^^^^^^^^^^^^
            trainer = Trainer(model=model, args=arguments, train_dataset=train)
            trainer.train()
        """,
        message="`TrainingArguments` does not report to the run around it",
        fixed="""
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            arguments = TrainingArguments("out", num_train_epochs=3, report_to=["wandb"])
            trainer = Trainer(model=model, args=arguments, train_dataset=train)
            trainer.train()
        """,
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train") as run:
            Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
            Trainer(model=model, args=TrainingArguments("out", report_to="none")).train()
            quiet = TrainingArguments("out")
            quiet.report_to = []
            Trainer(model=model, args=quiet).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import HfArgumentParser, Trainer, TrainingArguments
        from settings import training

        (parsed,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
        with wandb.init(project="texts", job_type="train") as run:
            Trainer(model=model, args=parsed).train()
            Trainer(model=model, args=TrainingArguments("out", **training)).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments
        from transformers.integrations import WandbCallback

        with wandb.init(project="texts", job_type="train") as run:
            arguments = TrainingArguments("out")
            Trainer(model=model, args=arguments, callbacks=[WandbCallback()]).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="eval") as run:
            trainer = Trainer(model=model, args=TrainingArguments("out"))
            run.summary["eval/f1"] = trainer.evaluate(held_out)["eval_f1"]

        Trainer(model=model, args=TrainingArguments("out")).train()
        """
    ),
)
