"""Reports an input that is declared by an alias that moves on, such as `latest`.

Why it matters: the lineage graph shows the version that was used, but the code does not say which it was. The
same commit run again takes another version, and a difference in the results may be the data's.

When to ignore: where a pipeline is meant to take what the step before it has just logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    ArtifactUsed,
    Bad,
    File,
    Finding,
    Good,
    Hole,
    Options,
    Preset,
    Rule,
    Text,
    doc,
    shown,
    texts,
)


class FloatingOptions(Options, frozen=True):
    aliases: Annotated[tuple[str, ...], doc("Aliases that move from version to version.")] = ("latest",)


RULE = Rule(
    code="WB506",
    name="floating-reference",
    preset=Preset.ALL,
    since="0.1.0",
    why="Run again, the same code takes another version, and nothing in it says so.",
    how="Name the version, such as `:v3`, or take it from the config.",
    options=FloatingOptions,
)


def check(file: File) -> Iterator[Finding]:
    for used in file.model.each(ArtifactUsed):
        for name in texts(used.get("artifact_or_name") or used.get("name")):
            alias = alias_of(name)
            if alias in file.options.aliases:
                yield Finding(name.span or used.callee, f"input {shown(name)} changes with each new version")


def alias_of(name: Text) -> str | None:
    """The alias at the end of a reference, where it is constant."""
    last = name.pieces[-1] if name.pieces else None
    if last is None or isinstance(last, Hole) or ":" not in last.text:
        return None
    return last.text.rpartition(":")[2]


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact("mails:latest").download()
                                     ^^^^^^^^^^^^^^
        """,
        message="input `mails:latest` changes with each new version",
    ),
    Bad(
        """
        import wandb as wb

        BASE = "me/texts/head:production"
               ^^^^^^^^^^^^^^^^^^^^^^^^^^

        def fetch(run: wb.Run, split):
            return run.use_model(BASE), run.use_artifact(f"mails-{split}:latest")
                                                         ^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "input `me/texts/head:production` changes with each new version",
            "input `mails-{}:latest` changes with each new version",
        ),
        options={"aliases": ["latest", "production"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact("mails:v3").download()
            spam = run.use_artifact("spam:2025-12-latest").download()
            head = run.use_artifact("me/texts/head:production", type="model").file()
            words = run.use_artifact(f"words:{run.config['params']['words']}").download()
        """
    ),
    Good(
        """
        import wandb

        def sync(registry, run, name):
            registry.use_artifact("mails:latest")
            image = "texts:latest"
            run = wandb.init(project="texts", notes=image)
            run.use_artifact(name).download()
            old = wandb.Api().artifact("mails:latest")
        """
    ),
)
