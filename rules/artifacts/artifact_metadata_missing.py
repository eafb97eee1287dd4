"""Reports an artifact that is logged with no metadata.

Why it matters: without metadata an artifact is a blob: what it was made of, how many samples it has
and what the model scored can only be learned by downloading it, and no query finds it. Metadata
makes it say so itself (guide, Artifact Metadata). Metadata that is set after the artifact was
logged is lost.

When to ignore: for artifacts that nobody will look for, such as scratch files that one run hands to
the next.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Annotated,
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Options,
    Preset,
    Rule,
    doc,
    texts,
)

from ._made import lacks, named


class MetadataOptions(Options, frozen=True):
    exempt_types: Annotated[tuple[str, ...], doc("Types of artifact that need no metadata.")] = (
        "code",
        "log",
        "report",
        "config",
    )


RULE = Rule(
    code="WB403",
    name="artifact-metadata-missing",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="What is in it, and how it came to be, can only be learned by downloading it.",
    how="Give `wandb.Artifact` a `metadata=`, or set `artifact.metadata` before it is logged.",
    options=MetadataOptions,
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(ArtifactMade):
        types = {text.constant for text in texts(made.get("type"))}
        if types & set(file.options.exempt_types):
            continue
        if lacks(file.model, made, "metadata"):
            yield Finding(made.callee, f"{named(made)} is logged without metadata")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            artifact = wandb.Artifact("raw-data", type="dataset")
                       ^^^^^^^^^^^^^^
            artifact.add_dir("./data/raw")
            run.log_artifact(artifact)
        """,
        message="artifact `raw-data` is logged without metadata",
    ),
    Bad(
        """
        import wandb

        def publish(run, model):
            run.log_artifact(model)

        run = wandb.init(project="texts")
        model = wandb.Artifact(f"head-{run.id}", "model", metadata=None)
                ^^^^^^^^^^^^^^
        model.add_file("head.pt")
        publish(run, model)
        model.metadata["f1"] = 0.9
        """,
        message="artifact `head-{}` is logged without metadata",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        script = wandb.Artifact("training-code", type="code")
                 ^^^^^^^^^^^^^^
        script.add_file("train.py")
        run.log_artifact(script)
        """,
        message="artifact `training-code` is logged without metadata",
        options={"exempt-types": ["log"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            artifact = wandb.Artifact("clean-data", type="dataset")
            artifact.metadata["num_samples"] = 500
            artifact.add_file("clean.csv")
            run.log_artifact(artifact)
            script = wandb.Artifact("cleaning-code", type="code")
            script.add_file("clean.py")
            run.log_artifact(script)
        """
    ),
    Good(
        """
        import wandb as wb
        from describe import describe

        def upload(run: wb.Run, name, kind, path, **more):
            wrapped = wb.Artifact(name, kind)
            wrapped.add_file(path)
            run.log_artifact(wrapped)
            splat = wb.Artifact("splat-data", type="dataset", **more)
            run.log_artifact(splat)
            described = wb.Artifact("mails", type="dataset")
            describe(described)
            run.log_artifact(described)
        """
    ),
    Good(
        """
        import wandb

        def upload(run, name, kind, path):
            artifact = wandb.Artifact(name, type=kind)
            artifact.add_file(path)
            run.log_artifact(artifact)

        with wandb.init(project="texts", job_type="ingest") as run:
            upload(run, "mails", "dataset", "mails.csv")
            upload(run, "head", "model", "head.pt")
        """
    ),
    Good(
        """
        import wandb
        from shop import Artifact

        run = wandb.init(project="texts")
        vase = Artifact("vase", type="dataset")
        run.log_artifact(vase)
        saved = run.log_artifact(wandb.Artifact("mails", type="dataset"))
        saved.wait()
        saved.metadata = {"num_samples": 500}
        saved.save()
        """
    ),
)
