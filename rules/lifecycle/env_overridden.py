"""Reports a variable that says another thing than the `wandb.init` after it.

Why it matters: what `wandb.init` is given goes before the environment. Whoever reads, or changes, the line
that sets the variable believes that it says where the run goes, and it does not (Integrations, Important
notes).

When to ignore: where the variable is meant for a program that this one starts.
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
    Starter,
    TrainerMade,
    Tri,
    constant,
    precedes,
    shown,
)

from ._environment import hands_on, is_read, place

RULE = Rule(
    code="WB620",
    name="env-overridden",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="What `wandb.init` is given beats the environment, so the variable has no effect on this run.",
    how="Remove one of the two, or make them say the same.",
)

_ARGUMENTS = {
    "WANDB_PROJECT": "project",
    "WANDB_ENTITY": "entity",
    "WANDB_NAME": "name",
    "WANDB_RUN_NAME": "name",
    "WANDB_RUN_GROUP": "group",
    "WANDB_JOB_TYPE": "job_type",
    "WANDB_NOTES": "notes",
    "WANDB_RUN_ID": "id",
    "WANDB_RESUME": "resume",
    "WANDB_MODE": "mode",
    "WANDB_DIR": "dir",
}


_INTEGRATIONS = tuple(
    "langchain langchain_core langchain_community llama_index ultralytics simpletransformers composer "
    "llmfoundry catalyst deepchem nemo axolotl spacy mmengine mmdet setfit".split()
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for event in model.each(EnvironmentSet):
        variable, value = constant(event.name) or "", constant(event.value)
        name = _ARGUMENTS.get(variable)
        if name is None or value is None or hands_on(model, event) or is_read(model, variable):
            continue
        starts = _winners(model, event, name)
        given = [start.arguments.find(name) for start in starts]
        others = [each for each in given if each is not None and constant(each.value) not in (None, value)]
        if starts and len(others) == len(starts):
            label = Label(others[0].span, "this is what counts")
            message = f"{shown(variable)} is {shown(value, 20)}, and `{name}=` says otherwise"
            yield Finding(place(event), message, related=(label,))


def _winners(model: Model, event: EnvironmentSet, name: str) -> list[RunStart]:
    """The runs that start after a variable is set, if all of them give the argument that goes before it."""
    starts = list(model.each(RunStart))
    own = [start for start in starts if start.starter is Starter.INIT]
    if len(own) < len(starts) or any(model.each(TrainerMade)) or model.imports_module(*_INTEGRATIONS):
        return []  # they start runs themselves, as the variables say
    later = [start for start in own if precedes(model, event, start) is not Tri.NO]
    sure = all(precedes(model, event, start) is Tri.YES for start in later)
    return later if sure and all(start.arguments.given(name) is Tri.YES for start in later) else []


EXAMPLES = (
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "texts"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        with wandb.init(project="texts-test", job_type="train") as run:
            run.log({"train/loss": 0.3})
        """,
        message="`WANDB_PROJECT` is `texts`, and `project=` says otherwise",
    ),
    Bad(
        """
        # %%
        %env WANDB_MODE=offline
        ^^^^^^^^^^^^^^^^^^^^^^^

        # %%
        import wandb
        run = wandb.init(project="texts", mode="online")
        """,
        notebook=True,
        message="`WANDB_MODE` is `offline`, and `mode=` says otherwise",
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "texts"
        os.environ["WANDB_ENTITY"] = "acme"
        with wandb.init(project="texts", job_type="train") as run:
            run.log({"train/loss": 0.3})
        with wandb.init(job_type="eval") as run:
            run.log({"eval/loss": 0.3})
        """
    ),
    Good(
        """
        import os
        import subprocess
        import wandb

        os.environ["WANDB_PROJECT"] = "texts"
        run = wandb.init(project="texts-pipeline")
        subprocess.run(["python", "train.py"], check=True)
        """
    ),
    Good(
        """
        import os
        import wandb
        from settings import project

        os.environ["WANDB_PROJECT"] = "texts"
        run = wandb.init(project=project)
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "texts"
        first = wandb.init(project="texts-test")
        first.finish()
        second = wandb.init(job_type="train")
        """
    ),
    Good(
        """
        import os
        import wandb
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_PROJECT"] = "texts"
        with wandb.init(project="texts-data", job_type="ingest") as run:
            run.log_artifact("texts.csv", name="texts", type="dataset")
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """
    ),
)
