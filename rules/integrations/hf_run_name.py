"""Reports a `run_name` that names no run, or the model artifact wrongly.

Why it matters: a Trainer takes the run that is active, under the name that it has. A `run_name` beside it
does not rename it; it renames the artifact that `WANDB_LOG_MODEL` uploads, from the run's id to its name.
And that name has to be one for an artifact: with a blank, a `:` or a `/` in it the Trainer raises when it
begins to train (Integrations, Manual Initialization).

When to ignore: where `run_name` is meant for another reporter, such as MLflow, alone.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Part,
    Preset,
    Rule,
    RunStart,
    Text,
    Tri,
    Unknown,
    Why,
    options,
    shown,
    texts,
)

from ._trainers import Training, reports, run_around, sets, trainings
from ._values import says

RULE = Rule(
    code="WB706",
    name="hf-run-name",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The Trainer takes the active run as it is: only the model artifact is renamed.",
    how="Name the run where it starts, and leave `run_name` out.",
)

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_LONGEST = 128 - len("model-")


def check(file: File) -> Iterator[Finding]:
    model = file.model
    told: set[int] = set()
    for training in trainings(model):
        given = training.given
        argument = None if given is None else given.arguments.find("run_name")
        if given is None or argument is None or given.id in told or reports(model, given).to_wandb is Tri.NO:
            continue
        if given.arguments.given("run_name") is not Tri.YES:
            continue
        told.add(given.id)
        start = run_around(model, training)
        wrong = _wrong(file, training, start, argument.value)
        if start is not None and not _is_name_of(start, argument.value):
            label = Label(start.callee, "the run that it trains in")
            yield Finding(argument.span, "`run_name` does not name the run that is active", related=(label,))
        elif wrong is not None:
            message = f"run name {shown(wrong)} cannot name the model artifact"
            why = (
                "The Trainer makes the artifact `model-<run name>` when it begins to train, and that raises."
            )
            how = "Use letters, digits, `-`, `_` and `.`, and no more than 122 of them."
            yield Finding(wrong.span or argument.span, message, why=why, how=how)


def _is_name_of(start: RunStart, value: AnyValue) -> bool:
    """Whether a ``run_name`` is what the run is called anyway, or may be."""
    named = options(start.get("name"))
    for one in options(value):
        if isinstance(one, Part) or (isinstance(one, Unknown) and one.why is Why.RUN_ID):
            return True
        same = [other for other in named if says(other) == says(one)]
        if same or start.arguments.given("name") is Tri.UNKNOWN:
            return True
    return False


def _wrong(file: File, training: Training, start: RunStart | None, value: AnyValue) -> Text | None:
    """The name that is no name for an artifact, where the Trainer uploads one under it."""
    variable = file.project.variables.get("WANDB_LOG_MODEL")
    uploads = variable is not None and not variable.open and set(variable.values) <= {"end", "checkpoint"}
    if not uploads or sets(file, "WANDB_LOG_MODEL") is not Tri.YES:
        return None
    name = start.get("name") if start is not None else value
    return next((text for text in texts(name) if _is_wrong(text)), None)


def _is_wrong(text: Text) -> bool:
    return text.known_length > _LONGEST or any(not set(piece.text) <= _LETTERS for piece in text.constants)


EXAMPLES = (
    Bad(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts", name="exp-003-train-20250102T1030Z") as run:
            arguments = TrainingArguments("out", report_to=["wandb"], run_name="bert-base")
                                                                      ^^^^^^^^^^^^^^^^^^^^
            Trainer(model=model, args=arguments).train()
        """,
        message="`run_name` does not name the run that is active",
    ),
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"], run_name="google/bert base")
                                                                           ^^^^^^^^^^^^^^^^^^
        Trainer(model=model, args=arguments).train()
        """,
        message="run name `google/bert base` cannot name the model artifact",
    ),
    Good(
        """
        import os
        import wandb
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        with wandb.init(project="texts", name="exp-003-train-20250102T1030Z") as run:
            named = TrainingArguments("out", report_to=["wandb"], run_name=run.name)
            Trainer(model=model, args=named).train()
            again = TrainingArguments("out", report_to=["wandb"], run_name="exp-003-train-20250102T1030Z")
            Trainer(model=model, args=again).train()
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        with wandb.init(project="texts") as run:
            quiet = TrainingArguments("out", report_to="none", run_name="bert base")
            Trainer(model=model, args=quiet).train()
            other = TrainingArguments("out", report_to=["mlflow"], run_name="bert base")
            Trainer(model=model, args=other).train()
        """
    ),
    Good(
        """
        from transformers import Trainer, TrainingArguments

        arguments = TrainingArguments("out", report_to=["wandb"], run_name="google/bert base")
        Trainer(model=model, args=arguments).train()
        """
    ),
    Good(
        """
        import wandb
        from settings import name
        from transformers import Trainer, TrainingArguments

        wandb.init(project="texts", name=f"exp-003-{name}")
        arguments = TrainingArguments("out", report_to=["wandb"], run_name=f"exp-003-{name}")
        Trainer(model=model, args=arguments).train()
        """
    ),
)
