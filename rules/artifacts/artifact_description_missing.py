"""Reports an artifact that is logged with no description.

Why it matters: the description is what people read first on an artifact's page. A year later it is
often the only thing that says what the files are for, and how this artifact differs from the one
beside it (guide, Artifacts).

When to ignore: where names and metadata say it all.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import ArtifactMade, Bad, File, Finding, Good, Preset, Rule

from ._made import lacks, named

RULE = Rule(
    code="WB404",
    name="artifact-description-missing",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Whoever finds it later cannot read what it is for.",
    how="Give `wandb.Artifact` a `description=`, or set `artifact.description` before it is logged.",
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(ArtifactMade):
        if lacks(file.model, made, "description"):
            yield Finding(made.callee, f"{named(made)} is logged without a description")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            artifact = wandb.Artifact("raw-data", type="dataset", metadata={"num_samples": 5})
                       ^^^^^^^^^^^^^^
            artifact.add_dir("./data/raw")
            run.log_artifact(artifact)
        """,
        message="artifact `raw-data` is logged without a description",
    ),
    Bad(
        """
        from wandb import Artifact, init

        def publish(run, artifact):
            run.log_artifact(artifact)
            artifact.description = "too late"

        publish(init(), Artifact("raw-data", "dataset", description=""))
                        ^^^^^^^^
        """,
        message="artifact `raw-data` is logged without a description",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = wandb.Artifact("mails", type="dataset", description="all mails of 2023")
            run.log_artifact(mails)
            spam = wandb.Artifact("spam", type="dataset")
            spam.description = "those that the filter caught"
            run.log_artifact(spam)
        """
    ),
    Good(
        """
        import wandb as wb

        def upload(run, name, kind, **more):
            run.log_artifact(wb.Artifact(name, kind))
            run.log_artifact(wb.Artifact("mails", "dataset", **more))

        def prepare():
            return wb.Artifact("never-logged-here", type="dataset")
        """
    ),
)
