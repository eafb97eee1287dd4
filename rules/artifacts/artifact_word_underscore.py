"""Reports underscores in an artifact's type, aliases, tags, or the name of a collection.

Why it matters: dashes are the one delimiter that works in all W&B names but metrics. A team that writes
dashes never has to look up whether it was `best_model` or `best-model` (guide, Naming Conventions).

When to ignore: where other projects use the artifacts by these words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    ApiCall,
    Applicability,
    ArtifactCall,
    ArtifactLinked,
    ArtifactUsed,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Model,
    Piece,
    Preset,
    Rule,
    Span,
    Text,
    replace_in_text,
    shown,
    texts,
    together,
)

from ._types import types
from ._words import words

RULE = Rule(
    code="WB417",
    name="artifact-word-underscore",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Dashes work in every W&B name but a metric's: with them nobody has to guess a word.",
    how="Write `-` for `_`, here and wherever the word is used.",
    fix=Applicability.UNSAFE,
    changes=("artifacts",),
)


class Named(NamedTuple):
    """A word of an artifact: what it is, and the pieces of it that should have no underscores."""

    kind: str
    text: Text
    place: Span
    pieces: tuple[Piece, ...]


def check(file: File) -> Iterator[Finding]:
    for word in named(file.model):
        wrong = [piece for piece in word.pieces if "_" in piece.text]
        if wrong:
            message = f"{word.kind} {shown(word.text, 36)} has underscores"
            asked = asked_for(file.model, word.text) if word.kind == "artifact type" else []
            fix = file.fix("Write `-` for `_`", _dashed, [*wrong, *asked])
            yield Finding(wrong[0].span or word.place, message, fix=fix)


def named(model: Model) -> Iterator[Named]:
    """Every word that an artifact of the file is given."""
    for text, place in types(model):
        yield Named("artifact type", text, place, tuple(text.constants))
    for word in words(model):
        kind = "alias" if word.kind == "alias" else "artifact tag"
        yield Named(kind, word.text, word.place, tuple(word.text.constants))
    for event in model.events:
        if isinstance(event, ArtifactLinked | ArtifactCall) and event.name in _LINKS:
            argument = event.arguments.find(_LINKS[event.name])
            for text in texts(argument.value) if argument is not None else ():
                if argument is not None:
                    yield Named("collection", text, argument.span, collection_of(text))


def asked_for(model: Model, kind: Text) -> list[Piece]:
    """Where the file asks for artifacts of a type: W&B raises if they are of another."""
    given = (event.get("type") for event in model.events if isinstance(event, ArtifactUsed | ApiCall))
    same = (text for value in given for text in texts(value) if text.constant == kind.constant is not None)
    return [piece for text in same for piece in text.constants]


_LINKS = {
    "Run.link_artifact": "target_path",
    "Artifact.link": "target_path",
    "Run.link_model": "registered_model_name",
}


def collection_of(target: Text) -> tuple[Piece, ...]:
    """The text of a collection's path, unless the underscores are in its entity or registry."""
    head = (target.constant or "_").rpartition("/")[0]
    return () if "_" in head or target.constant is None else tuple(target.constants)


def _dashed(text: str, pieces: list[Piece]) -> Edits | None:
    return together(*(replace_in_text(text, piece, "_", "-") for piece in pieces))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = wandb.Artifact("raw-mails", type="raw_data", metadata={"num_samples": 500})
                                                      ^^^^^^^^
            mails.add_dir("data/raw")
            run.log_artifact(mails, aliases=["hand_checked", "v3"])
                                              ^^^^^^^^^^^^
            words = run.use_artifact("words:v3", type="raw_data")
        """,
        message=(
            "artifact type `raw_data` has underscores",
            "alias `hand_checked` has underscores",
        ),
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = wandb.Artifact("raw-mails", type="raw-data", metadata={"num_samples": 500})
            mails.add_dir("data/raw")
            run.log_artifact(mails, aliases=["hand-checked", "v3"])
            words = run.use_artifact("words:v3", type="raw-data")
        """,
    ),
    Bad(
        """
        import wandb

        def publish(run: wandb.Run, epoch):
            model = wandb.Artifact("head", type="model")
            run.log_artifact(model, aliases=[f"epoch_{epoch}"], tags=["full_data"])
                                               ^^^^^^
                                                                       ^^^^^^^^^
            run.link_artifact(model, "wandb-registry-model/phishing_head", aliases="best_f1")
                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                                                                                    ^^^^^^^
            model.aliases.append("last_one")
                                  ^^^^^^^^
            model.save()
        """,
        message=(
            "alias `epoch_{}` has underscores",
            "artifact tag `full_data` has underscores",
            "collection `wandb-registry-model/phishing_head` has underscores",
            "alias `best_f1` has underscores",
            "alias `last_one` has underscores",
        ),
        fixed="""
        import wandb

        def publish(run: wandb.Run, epoch):
            model = wandb.Artifact("head", type="model")
            run.log_artifact(model, aliases=[f"epoch-{epoch}"], tags=["full-data"])
            run.link_artifact(model, "wandb-registry-model/phishing-head", aliases="best-f1")
            model.aliases.append("last-one")
            model.save()
        """,
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = wandb.Artifact("raw-mails", type="dataset", metadata={"num_samples": 500})
            mails.add_file("raw_mails.csv", name="raw_mails.csv")
            run.log_artifact(mails, aliases=["hand-checked", "v3"], tags=["full-data"])
            run.link_artifact(mails, "wandb-registry-dataset/raw-mails")
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Shelf

        def publish(run: wb.Run, artifact, alias, my_registry):
            run.log_artifact(artifact, aliases=[alias, f"{alias}-last"])
            run.link_artifact(artifact, f"our_registry/{alias}")
            run.use_artifact("mails:hand_checked", type="raw_data")
            Shelf().log_artifact(artifact, aliases=["top_shelf"])
        """
    ),
)
