"""Reports a Trainer that uploads its model at the end without loading the best one first.

Why it matters: `WANDB_LOG_MODEL=end` uploads the model as it is when the training ends. Only with
`load_best_model_at_end=True` is that the best checkpoint, with its score in the metadata; else it is the last
one, overfitted or not (Integrations, Setup).

When to ignore: where the last model is the one that is wanted, as after a fixed schedule without evaluation.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Flag, Good, Preset, Rule, Tri, shown

from ._trainers import of_setting, reporting, sets, trainings

RULE = Rule(
    code="WB705",
    name="hf-best-model",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The artifact holds the last model, not the best one, and its metadata no best score.",
    how="Give it `load_best_model_at_end=True`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    variable = file.project.variables.get("WANDB_LOG_MODEL")
    if (
        variable is None
        or variable.open
        or variable.values != ("end",)
        or sets(file, "WANDB_LOG_MODEL") is not Tri.YES
    ):
        return
    told: set[int] = set()
    for training in trainings(model):
        given = training.given
        if given is None or given.id in told or reporting(model, training) is not Tri.YES:
            continue
        values = of_setting(model, given, "load_best_model_at_end")
        is_off = all(isinstance(value, Flag) and not value.value for value in values)
        if is_off and (values or given.arguments.given("load_best_model_at_end") is Tri.NO):
            told.add(given.id)
            argument = given.arguments.find("load_best_model_at_end")
            message = f"{shown(given.callee_text)} uploads the last model, not the best one"
            yield Finding(given.callee if argument is None else argument.span, message)


EXAMPLES = (
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"], eval_strategy="epoch")
                    ^^^^^^^^^^^^^^^^^
        Trainer(model=model, args=arguments).train()
        """,
        message="`TrainingArguments` uploads the last model, not the best one",
    ),
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"], load_best_model_at_end=False)
                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Trainer(model=model, args=arguments).train()
        """,
        message="`TrainingArguments` uploads the last model, not the best one",
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"], load_best_model_at_end=True)
        Trainer(model=model, args=arguments).train()
        """
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments
        from settings import training

        os.environ["WANDB_LOG_MODEL"] = "end"
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"], **training)).train()
        later = TrainingArguments("out", report_to=["wandb"])
        later.load_best_model_at_end = True
        Trainer(model=model, args=later).train()
        """
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "checkpoint"
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """
    ),
)
