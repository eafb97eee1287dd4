"""Reports a file or folder that is logged as an artifact by its path.

Why it matters: `log_artifact("file")` makes an artifact on the way, which can carry neither metadata nor a
description. It is a blob that only its name tells about, and it can only be understood by downloading it
(guide, Artifact Metadata).

When to ignore: for files that nobody will look for, such as logs.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ArtifactLogged,
    Bad,
    File,
    Finding,
    Good,
    Kind,
    Preset,
    Rule,
    Text,
    Unknown,
    options,
    shown,
    texts,
)

RULE = Rule(
    code="WB416",
    name="path-logged-as-artifact",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="What is logged by its path can carry no metadata and no description.",
    how="Make a `wandb.Artifact` with metadata and a description, add the file to it, and log that.",
)


def check(file: File) -> Iterator[Finding]:
    for event in file.model.each(ArtifactLogged):
        if event.method != "log_artifact" or event.artifacts:
            continue
        argument = event.arguments.find("artifact_or_path")
        if argument is None or not all(is_path(event, value) for value in options(argument.value)):
            continue
        text = next(texts(argument.value), None)
        says = text is not None and any(map(str.isalnum, text.skeleton))
        name = f"path {shown(text, 36)}" if text is not None and says else "a path"
        yield Finding(argument.span, f"{name} is logged without metadata or a description")


def is_path(event: ArtifactLogged, value: AnyValue) -> bool:
    """Whether it is a path that is logged; only a path is given a name and a type on the way."""
    if isinstance(value, Text):
        return True
    if not isinstance(value, Unknown) or event.arguments.splats:
        return False
    # A helper that is handed all three logs whatever it is asked for.
    named = all(any(texts(event.get(word))) for word in ("name", "type"))
    return named or value.kind is Kind.TEXT


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log_artifact("head.pt", name="head", type="model")
                             ^^^^^^^^^
        """,
        message="path `head.pt` is logged without metadata or a description",
    ),
    Bad(
        """
        import wandb

        def publish(run: wandb.Run, path):
            wandb.log_artifact(path / "mails.csv", name="mails", type="dataset")
                               ^^^^^^^^^^^^^^^^^^
            run.log_artifact(f"out/{run.id}.csv")
                             ^^^^^^^^^^^^^^^^^^^

        publish(wandb.init(project="texts"), wandb.config["path"])
        """,
        message=(
            "a path is logged without metadata or a description",
            "path `out/{}.csv` is logged without metadata or a description",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
            model.add_file("head.pt")
            run.log_artifact(model)
            run.log_model("tail.pt", name="tail")
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Shelf

        def publish(run: wb.Run, artifact, **more):
            run.log_artifact(artifact)
            run.log_artifact(artifact, aliases=["best"])
            run.log_artifact(artifact, **more)
            run.log_artifact(artifact, name=more["name"], type=more["type"])
            Shelf().log_artifact("vase.jpg")
            wb.save("head.pt")
        """
    ),
)
