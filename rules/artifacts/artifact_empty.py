"""Reports an artifact that is logged with nothing in it.

Why it matters: W&B takes an empty artifact without a word. It looks like an output in the lineage graph, and
whoever downloads it gets an empty folder. Mostly an `add_file` was forgotten, or stands after another
`return`.

When to ignore: where an artifact is nothing but a node of the lineage graph, its metadata being all there
is.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactCall,
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
)

from ._made import FILLS, named

RULE = Rule(
    code="WB411",
    name="artifact-empty",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="It stands in the lineage graph like an output, and whoever downloads it gets an empty folder.",
    how="Add what was made with `add_file`, `add_dir`, `add` or `add_reference` before it is logged.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    told: set[int] = set()
    # What is filled where it is not known which artifact it is may be any.
    fills_any = any(not call.sure and call.method in FILLS for call in model.each(ArtifactCall))
    for event in model.each(ArtifactLogged) if not fills_any else ():
        if model.refusals or event.method != "log_artifact" or not event.sure_artifact:
            continue
        empty = [made for number in event.artifacts if (made := empty_one(model, number)) is not None]
        if len(empty) == len(event.artifacts) and told.isdisjoint(event.artifacts):
            told.update(event.artifacts)
            yield Finding(event.callee, f"{named(empty[0])} is logged with nothing in it")


def empty_one(model: Model, number: int) -> ArtifactMade | None:
    """How an artifact is made, if certainly nothing is ever added to it."""
    made = model.events[model.artifacts[number].made]
    if not isinstance(made, ArtifactMade) or model.artifacts[number].handed:
        return None
    if made.arguments.given("incremental") is not Tri.NO:
        return None
    return None if any(call.method in FILLS for call in model.of_artifact(ArtifactCall, number)) else made


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
            run.log_artifact(model)
            ^^^^^^^^^^^^^^^^
        """,
        message="artifact `head` is logged with nothing in it",
    ),
    Bad(
        """
        import wandb

        def publish(run: wandb.Run, artifact):
            artifact.description = "all mails"
            run.log_artifact(artifact)
            ^^^^^^^^^^^^^^^^

        publish(wandb.init(project="texts"), wandb.Artifact("mails", type="dataset"))
        """,
        message="artifact `mails` is logged with nothing in it",
    ),
    Good(
        """
        import wandb

        def publish(run: wandb.Run, paths, has_head):
            mails = wandb.Artifact("mails", type="dataset")
            for path in paths:
                mails.add_file(path)
            run.log_artifact(mails)
            model = wandb.Artifact("head", type="model")
            if has_head:
                model.add_reference("s3://bucket/head.pt")
            run.log_artifact(model)
            notes = wandb.Artifact("notes", type="report")
            with notes.new_file("notes.md") as file:
                file.write("all is well")
            run.log_artifact(notes)
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Artifact, fill

        def publish(run: wb.Run, path, artifact: wb.Artifact):
            run.log_artifact(path, name="mails", type="dataset")
            run.log_artifact(artifact)
            run.log_artifact(Artifact("vase"))
            mails = wb.Artifact("mails", type="dataset")
            fill(mails)
            run.log_artifact(mails)
            more = wb.Artifact("more-mails", type="dataset")
            list(map(more.add_file, ["a.csv", "b.csv"]))
            run.log_artifact(more)
            splits = {}
            for split in ("train", "test"):
                splits[split] = wb.Artifact(f"mails-{split}", type="dataset")
            for split in splits:
                splits[split].add_file(f"{split}.csv")
            for split, artifact in splits.items():
                run.log_artifact(artifact)
            parts = wb.Artifact("parts", type="dataset", incremental=True)
            run.log_artifact(parts)
        """
    ),
    Good(
        """
        import wandb

        class Publisher:
            def __init__(self, run: wandb.Run):
                self.run = run
                self.artifact = wandb.Artifact("mails", type="dataset")

            def add(self, path):
                self.artifact.add_file(path)

            def publish(self):
                self.run.log_artifact(self.artifact)
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            data = wandb.Artifact("mails", type="dataset", metadata={"num_samples": 2})
            data["sample"] = wandb.Table(columns=["text"], data=[["hello"], ["hi"]])
            run.log_artifact(data)
        """
    ),
)
