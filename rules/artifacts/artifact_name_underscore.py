"""Reports underscores in the constant parts of an artifact's name.

Why it matters: dashes are the one delimiter that works in all W&B names but metrics, so a team that writes
dashes never has to look up what an artifact is called. The guide asks for
`phishing-texts-encoded`, whatever the artifact's type (Naming Conventions, Artifact Names).

When to ignore: where other projects use the artifact by a name that has underscores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    Applicability,
    ArtifactUsed,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Preset,
    Project,
    Rule,
    Span,
    Text,
    are_apart,
    shown,
)

from ._names import fault_of, names
from ._references import references
from ._renaming import rename

_MOST_LABELS = 12

RULE = Rule(
    code="WB401",
    name="artifact-name-underscore",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Dashes work in every W&B name but a metric's: with them nobody has to guess a name.",
    how="Write `-` for `_`, here and wherever the artifact is used.",
    fix=Applicability.UNSAFE,
    changes=("artifacts", "inputs"),
)


def check(file: File) -> Iterator[Finding]:
    for text, place in names(file.model):
        first = next((piece for piece in text.constants if "_" in piece.text), None)
        # A name that raises has to be written anew anyway.
        if first is not None and fault_of(text) is None:
            yield Finding(
                first.span or place,
                f"artifact name {shown(text)} has underscores",
                related=asked_for(file, text),
                fix=file.fix_across(rename, text),
            )


def asked_for(file: File, name: Text) -> tuple[Label, ...]:
    """Where the project asks for the artifact of this name: in its own file first."""
    outputs = file.project.facts.outputs_of(file.path)
    home = next((output.home for output in outputs if output.span == name.span), "")
    asked = file.project.once(requests).get(name.skeleton, [])
    near = [each for each in asked if not are_apart(each.home, home)]
    near.sort(key=lambda each: each.path != file.path)
    return tuple(Label(each.span, "it is used here", each.path) for each in near[:_MOST_LABELS])


class Request(NamedTuple):
    """A place that asks for an artifact, and the project of W&B's that it asks."""

    path: str
    span: Span
    home: str


def requests(project: Project) -> dict[str, list[Request]]:
    """All places of a project's files that ask for artifacts, by their names without path and version."""
    found: dict[str, list[Request]] = {}
    for model in project.models.values():
        for each in references(model):
            place, _, name = each.text.skeleton.partition(":")[0].rpartition("/")
            home = place if place.count("/") == 1 and "{}" not in place else ""
            if not place and isinstance(each.event, ArtifactUsed):
                home = project.facts.home_of(model.path, each.event.runs)
            if each.text.span is not None:
                found.setdefault(name, []).append(Request(model.path, each.text.span, home))
    return found


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            artifact = wandb.Artifact("clean_data", type="dataset")
                                       ^^^^^^^^^^
            run.log_artifact(artifact)

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("clean_data:latest")
        """,
        message="artifact name `clean_data` has underscores",
        beside={
            "late.py": """
            import wandb

            path = wandb.Api().artifact("team/texts/clean_data:v3").download("artifacts/clean_data:v3")
            other = wandb.Api().artifact("team/sounds/clean_data:v3")
        """
        },
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            artifact = wandb.Artifact("clean-data", type="dataset")
            run.log_artifact(artifact)

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("clean-data:latest")
        """,
        fixed_beside={
            "late.py": """
            import wandb

            path = wandb.Api().artifact("team/texts/clean-data:v3").download("artifacts/clean-data:v3")
            other = wandb.Api().artifact("team/sounds/clean_data:v3")
        """
        },
    ),
    Bad(
        """
        import wandb

        def publish(run, name, path):
            artifact = wandb.Artifact(f"{name}-{run.id}", type="model")
            artifact.add_file(path)
            run.log_artifact(artifact)

        run = wandb.init(project="texts")
        publish(run, "big_head", "head.pt")
                      ^^^^^^^^
        run.log_artifact("small.pt", name=f"small_{run.id}", type="model")
                                            ^^^^^^
        """,
        message=(
            "artifact name `big_head-{}` has underscores",
            "artifact name `small_{}` has underscores",
        ),
        fixed="""
        import wandb

        def publish(run, name, path):
            artifact = wandb.Artifact(f"{name}-{run.id}", type="model")
            artifact.add_file(path)
            run.log_artifact(artifact)

        run = wandb.init(project="texts")
        publish(run, "big-head", "head.pt")
        run.log_artifact("small.pt", name=f"small-{run.id}", type="model")
        """,
    ),
    Bad(
        """
        import os
        import wandb

        NAME = "clean_data"
                ^^^^^^^^^^
        with wandb.init(project="texts", job_type="clean") as run:
            artifact = wandb.Artifact(NAME, type="dataset")
            artifact.add_dir(os.path.join("data", NAME))
            run.log_artifact(artifact)
        """,
        message="artifact name `clean_data` has underscores",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.log_artifact(wandb.Artifact("mails_clean", type="dataset"))
                                             ^^^^^^^^^^^
        versions = wandb.Api().artifacts("dataset", "mails_clean")
        """,
        message="artifact name `mails_clean` has underscores",
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            run.log_artifact(wandb.Artifact("mails-clean", type="dataset"))
        versions = wandb.Api().artifacts("dataset", "mails-clean")
        """,
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        artifact = wb.Artifact("clean-data", type="dataset", metadata={"num_samples": 5})
        artifact.add_file("clean_data.csv", name="clean_data.csv")
        run.log_artifact(artifact)
        run.use_artifact("other/project/their_data:v3")
        """
    ),
    Good(
        """
        import wandb
        from shop import Artifact

        def publish(dataset_name):
            Artifact("old_vase", type="vase")
            wandb.Artifact("old_data:v3", type="dataset")
            return wandb.Artifact(dataset_name, type="dataset")
        """
    ),
)
