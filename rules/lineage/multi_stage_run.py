"""Reports a run that logs the outputs of several stages of a pipeline.

Why it matters: each step of a pipeline is a run of its own, which uses what the step before it has logged.
One run that logs a dataset and the model trained on it has both as outputs: nothing in the lineage graph
leads from the one to the other (guide, Establishing lineage).

When to ignore: for a dataset that is a by-product of training, such as a sample of its failures.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, NamedTuple

from wbcheck.rule import (
    ArtifactLogged,
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Model,
    Options,
    Preset,
    Rule,
    constant,
    doc,
    exclusive,
    shown,
)

from ._run import is_output


class StageOptions(Options, frozen=True):
    stages: Annotated[tuple[tuple[str, ...], ...], doc("The artifact types that each stage logs.")] = (
        ("dataset", "raw-data", "raw-dataset"),
        ("model",),
    )


RULE = Rule(
    code="WB508",
    name="multi-stage-run",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Outputs of one run have no edge between them: the graph does not show which came from which.",
    how="Make each stage a run of its own, which uses what the one before it has logged.",
    options=StageOptions,
)


def check(file: File) -> Iterator[Finding]:
    outputs: dict[int, list[Output]] = {}
    for event in file.model.each(ArtifactLogged):
        kind = type_of(file.model, event)
        word = kind.lower().replace("_", "-")
        stage = next((number for number, types in enumerate(file.options.stages) if word in types), None)
        if event.run is not None and stage is not None and is_output(file.model, event):
            outputs.setdefault(event.run, []).append(Output(event, kind, stage))
    for several in outputs.values():
        for one, two in combinations(several, 2):
            if one.stage != two.stage and not exclusive(file.model, one.event, two.event):
                what = f"one run logs both {shown(one.kind, 24)} and {shown(two.kind, 24)}"
                related = (Label(one.event.callee, f"here it logs {shown(one.kind)}"),)
                yield Finding(two.event.callee, f"{what} artifacts", related=related)
                break


class Output(NamedTuple):
    """An artifact that a run logs: its type, and the number of the stage that logs such artifacts."""

    event: ArtifactLogged
    kind: str
    stage: int


def type_of(model: Model, event: ArtifactLogged) -> str:
    """The type of what is logged, or nothing."""
    if event.method == "log_model":
        return "model"
    if not event.artifacts:
        return constant(event.get("type")) or ""
    if len(event.artifacts) > 1 or not event.sure_artifact:
        return ""
    made = model.events[model.artifacts[event.artifacts[0]].made]
    return (constant(made.get("type")) or "") if isinstance(made, ArtifactMade) else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = wandb.Artifact("mails-encoded", type="dataset")
            mails.add_dir("data/encoded")
            run.log_artifact(mails)
            head = wandb.Artifact("head", type="model")
            head.add_file("head.pt")
            run.log_artifact(head)
            ^^^^^^^^^^^^^^^^
        """,
        message="one run logs both `dataset` and `model` artifacts",
    ),
    Bad(
        """
        import wandb as wb

        def publish(path, name, kind):
            wb.log_artifact(path, name=name, type=kind)

        def main():
            wb.init(project="texts")
            wb.log_artifact("raw.csv", name="mails", type="raw_data")
            wb.log_artifact("clean.csv", name="mails-clean", type="dataset")
            wb.log_model("head.pt", name="head")
            ^^^^^^^^^^^^
            wb.finish()

        main()
        """,
        message="one run logs both `raw_data` and `model` artifacts",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.log_artifact("vocabulary.json", name="vocabulary", type="tokenizer")
            run.log_artifact("head.pt", name="head", type="model")
            ^^^^^^^^^^^^^^^^
        """,
        message="one run logs both `tokenizer` and `model` artifacts",
        options={"stages": [["tokenizer"], ["model"]]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="split") as run:
            for split in ("train", "eval"):
                mails = wandb.Artifact(f"mails-{split}", type="dataset")
                mails.add_file(f"{split}.csv")
                run.log_artifact(mails)

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("mails-train:latest", type="dataset")
            run.log_artifact("head.pt", name="head", type="model")
            run.log_artifact("scores.csv", name="scores", type="predictions")
            samples = wandb.Artifact("samples", type="dataset")
            samples.add(wandb.Table(columns=["text", "score"]), "samples")
            run.log_artifact(samples)
        """
    ),
    Good(
        """
        import sys
        import wandb

        def main(stage, kind):
            run = wandb.init(project="texts", job_type=stage)
            if stage == "clean":
                run.log_artifact("clean.csv", name="mails", type="dataset")
            else:
                run.log_artifact("head.pt", name="head", type="model")
            run.log_artifact("notes.md", name="notes", type=kind)
            run.finish()

        main(sys.argv[1], sys.argv[2])
        """
    ),
    Good(
        """
        import wandb

        def register(run: wandb.Run, store):
            head = wandb.Artifact("head", type="model")
            head.add_file("head.pt")
            run.log_artifact(head)
            store.log_artifact("clean.csv", name="mails", type="dataset")
        """
    ),
)
