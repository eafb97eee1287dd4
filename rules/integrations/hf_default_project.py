"""Reports a Trainer that reports to W&B where nothing says to which project.

Why it matters: with neither a run of the program's own nor `WANDB_PROJECT`, transformers takes the project
`huggingface` (sentence-transformers its own name): the runs of all that is ever trained so lie there together
(Integrations, Manual Initialization).

When to ignore: where the variable is set by a scheduler or a shell that is not part of the project.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Preset, Rule, RunStart, Tri

from ._trainers import Training, reporting, sets, trainings

RULE = Rule(
    code="WB708",
    name="hf-default-project",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Its runs go to a project that the library names, among those of every other script.",
    how="Start the run with `wandb.init(project=...)` before the Trainer, or set `WANDB_PROJECT`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if sets(file, "WANDB_PROJECT") is not Tri.NO or any(model.each(RunStart)):
        return
    if any(_may_start(file, entry.target) for entry in model.imports):
        return
    told: set[int] = set()
    for training in trainings(model):
        given = training.given
        if given is None or given.id in told or reporting(model, training) is not Tri.YES:
            continue
        if _starts_alone(training):
            told.add(given.id)
            yield Finding(given.callee, f"the Trainer's runs go to project `{_default(training)}`")


# Whatever files of the project are called, these are not among them.
_LIBRARIES = frozenset(
    "wandb transformers trl sentence_transformers datasets evaluate peft accelerate tokenizers "
    "huggingface_hub bitsandbytes unsloth torch torchvision numpy pandas sklearn scipy matplotlib PIL tqdm "
    "dotenv os sys re json math time random typing pathlib logging collections dataclasses functools "
    "itertools argparse".split()
)


def _may_start(file: File, target: str) -> bool:
    """Whether what is imported may start the run: it is of a file that starts runs, or named for W&B."""
    if target.partition(".")[0] in _LIBRARIES:
        return False
    return file.project.starts_run(target) or "wandb" in target.lower()


def _starts_alone(training: Training) -> bool:
    """Whether the trainer trains, and certainly without a run that the file's caller has started."""
    return training.made.active is Tri.NO and any(call.method == "train" for call in training.calls)


def _default(training: Training) -> str:
    is_sentences = training.made.name.startswith("sentence_transformers.")
    return "sentence-transformers" if is_sentences else "huggingface"


EXAMPLES = (
    Bad(
        """
        from transformers import Trainer, TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"], run_name="exp-003-train")
                    ^^^^^^^^^^^^^^^^^
        Trainer(model=model, args=arguments, train_dataset=train).train()
        """,
        message="the Trainer's runs go to project `huggingface`",
    ),
    Bad(
        """
        import sentence_transformers as st

        def main():
            arguments = st.SentenceTransformerTrainingArguments("out", report_to="wandb")
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            st.SentenceTransformerTrainer(model=model, args=arguments, train_dataset=train).train()

        if __name__ == "__main__":
            main()
        """,
        message="the Trainer's runs go to project `sentence-transformers`",
    ),
    Good(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_PROJECT"] = "texts"
        arguments = TrainingArguments("out", report_to=["wandb"])
        Trainer(model=model, args=arguments, train_dataset=train).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", job_type="train"):
            arguments = TrainingArguments("out", report_to=["wandb"])
            Trainer(model=model, args=arguments, train_dataset=train).train()
        """
    ),
    Good(
        """
        from shop.tracking import init_wandb
        from transformers import Trainer, TrainingArguments

        init_wandb()
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """
    ),
    Good(
        """
        from tracking import begin
        from transformers import Trainer, TrainingArguments

        begin()
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """,
        path="train.py",
        beside={
            "tracking.py": """
            import wandb

            def begin():
                wandb.init(project="texts")
            """
        },
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        def train(model, data):
            arguments = TrainingArguments("out", report_to=["wandb"])
            Trainer(model=model, args=arguments, train_dataset=data).train()

        Trainer(model=model, args=TrainingArguments("out", report_to="none")).train()
        """
    ),
)
