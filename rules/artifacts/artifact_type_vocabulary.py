"""Reports an artifact's type that is not in the vocabulary.

Why it matters: the type is what artifacts are listed under, and what says which metadata they should carry:
the guide asks one thing of a `dataset`, another of a `model` and of `predictions`. With a type for each kind
of file nothing is found where it is looked for (guide, What to Include).

When to ignore: never; a team that has types of its own gives them by the option.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import Bad, File, Finding, Good, Options, Preset, Rule, doc, shown

from ._types import types

VOCABULARY = ("dataset", "model", "predictions", "code", "log", "report", "config")

# What people write for these words; compared in lower case.
MEANT = {
    "data": "dataset",
    "datasets": "dataset",
    "raw-data": "dataset",
    "training-data": "dataset",
    "train-data": "dataset",
    "test-data": "dataset",
    "checkpoint": "model",
    "checkpoints": "model",
    "model-checkpoint": "model",
    "models": "model",
    "weights": "model",
    "prediction": "predictions",
    "results": "predictions",
    "logs": "log",
    "source": "code",
}


class Words(Options, frozen=True):
    """A team's own words."""

    vocabulary: Annotated[tuple[str, ...], doc("The types, in place of the guide's.")] = VOCABULARY
    extend_vocabulary: Annotated[tuple[str, ...], doc("Further types beside those.")] = ()


RULE = Rule(
    code="WB418",
    name="artifact-type-vocabulary",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The type says where an artifact is listed and which metadata it should carry.",
    how="Use `dataset`, `model` or `predictions`, or add the type to the vocabulary in the configuration.",
    options=Words,
)


def check(file: File) -> Iterator[Finding]:
    allowed = (*file.options.vocabulary, *file.options.extend_vocabulary)
    for text, place in types(file.model):
        written = text.constant
        # What would be one of the words with dashes is told by artifact-word-underscore.
        dashed = (written or "").replace("_", "-")
        if not written or written in allowed or dashed in allowed:
            continue
        plain = dashed.lower()
        meant = plain if plain in allowed else MEANT.get(plain, "")
        how = f"Use `{meant}`, or add the type to the vocabulary." if meant in allowed else ""
        message = f"artifact type {shown(text, 36)} is not in the vocabulary"
        yield Finding(text.span or place, message, how=how)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="checkpoint", metadata={"framework": "torch"})
                                                ^^^^^^^^^^^^
            model.add_file("head.pt")
            run.log_artifact(model)
        """,
        message="artifact type `checkpoint` is not in the vocabulary",
    ),
    Bad(
        """
        import wandb

        KIND = "Dataset"
               ^^^^^^^^^

        def publish(run: wandb.Run, kind, path):
            run.log_artifact(path, name="mails", type=kind)

        run = wandb.init(project="texts")
        publish(run, "embeddings", "mails.npy")
                     ^^^^^^^^^^^^
        run.log_artifact("mails.csv", name="mails", type=KIND)
        """,
        message=(
            "artifact type `Dataset` is not in the vocabulary",
            "artifact type `embeddings` is not in the vocabulary",
        ),
    ),
    Bad(
        """
        import wandb

        artifact = wandb.Artifact("head", type="code")
                                               ^^^^^^
        """,
        message="artifact type `code` is not in the vocabulary",
        options={"vocabulary": ["dataset", "model"]},
    ),
    Bad(
        """
        import wandb

        mails = wandb.Artifact("mails", type="raw_data")
                                             ^^^^^^^^^^
        head = wandb.Artifact("head", type="model_weights")
        """,
        message="artifact type `raw_data` is not in the vocabulary",
        options={"extend-vocabulary": ["model-weights"]},
    ),
    Good(
        """
        import wandb

        mails = wandb.Artifact("mails", type="dataset")
        model = wandb.Artifact("head", "model")
        found = wandb.Artifact("found", type="predictions")
        script = wandb.Artifact("script", type="code")
        """
    ),
    Good(
        """
        import wandb

        words = wandb.Artifact("words", type="embeddings")
        """,
        options={"extend-vocabulary": ["embeddings"]},
    ),
    Good(
        """
        import wandb as wb
        from shop import Artifact

        def publish(run: wb.Run, kind, name):
            wb.Artifact(name, kind)
            wb.Artifact(name, f"{kind}-data")
            run.use_artifact("mails:v3", type="mail-archive")
            Artifact("vase", type="decoration")
        """
    ),
)
