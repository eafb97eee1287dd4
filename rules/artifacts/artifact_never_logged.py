"""Reports an artifact that is made and filled, and never logged.

Why it matters: `wandb.Artifact` alone does nothing: until `log_artifact` its files stay where they
are, and W&B never hears of it. The run looks complete, and its output is missing when somebody
asks for it.

When to ignore: where code that cannot be seen from here logs it.
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
    Text,
    options,
)

from ._made import FILLS, logs, named

RULE = Rule(
    code="WB410",
    name="artifact-never-logged",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="An artifact that is not logged is not uploaded: W&B never hears of it.",
    how="Log it with `run.log_artifact(...)`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if model.refusals or any(is_any_artifact(event) for event in model.each(ArtifactLogged)):
        return
    for made in model.each(ArtifactMade):
        if model.artifacts[made.artifact].handed or any(logs(model, made.artifact)):
            continue
        if is_filled(model, made.artifact):
            yield Finding(made.callee, f"{named(made)} is filled and never logged")


def is_filled(model: Model, artifact: int) -> bool:
    calls = model.each(ArtifactCall)
    return any(artifact in call.artifacts and call.method in FILLS for call in calls)


def is_any_artifact(event: ArtifactLogged) -> bool:
    """Whether what is logged may be any artifact: neither a known one nor a path."""
    if event.method == "log_model" or (event.artifacts and event.sure_artifact):
        return False
    return not all(isinstance(each, Text) for each in options(event.get("artifact_or_path")))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
                    ^^^^^^^^^^^^^^
            model.add_file("head.pt")
            run.summary["f1"] = 0.9
        """,
        message="artifact `head` is filled and never logged",
    ),
    Bad(
        """
        import wandb

        def pack(artifact, paths):
            for path in paths:
                artifact.add_file(path)

        def upload(run, paths):
            pack(wandb.Artifact("mails", type="dataset"), paths)
                 ^^^^^^^^^^^^^^
            run.log_artifact("mails.csv", name="mails-as-file", type="dataset")
        """,
        message="artifact `mails` is filled and never logged",
    ),
    Good(
        """
        import wandb

        def filled(path):
            artifact = wandb.Artifact("mails", type="dataset")
            artifact.add_file(path)
            return artifact

        class Keeper:
            def __init__(self):
                self.model = wandb.Artifact("head", type="model")
                self.model.add_file("head.pt")

        with wandb.init(project="texts") as run:
            log = run.log_artifact
            log(filled("mails.csv"))
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Artifact, publish

        vase = Artifact("vase", type="decoration")
        vase.add_file("vase.jpg")
        given_away = wb.Artifact("mails", type="dataset")
        given_away.add_file("mails.csv")
        publish(given_away)
        saved = wb.Artifact("spam", type="dataset")
        saved.add_file("spam.csv")
        saved.save()
        all_of_them = []
        listed = wb.Artifact("ham", type="dataset")
        listed.add_file("ham.csv")
        all_of_them.append(listed)
        """
    ),
    Good(
        """
        import wandb

        def upload(run, names, last):
            artifacts = {name: wandb.Artifact(name, "dataset") for name in names}
            artifact = wandb.Artifact("mails", "dataset")
            artifact.add_file("mails.csv")
            run.log_artifact(artifacts.get(last, artifact))
        """
    ),
)
