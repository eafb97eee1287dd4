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
    File,
    Finding,
    Good,
    Mended,
    Model,
    Piece,
    Preset,
    Rule,
    Span,
    Stuck,
    Text,
    elsewhere,
    replace_in_text,
    set_text,
    shown,
    texts,
    together,
)

from ..access._asked import dependents
from ._references import references
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
            yield Finding(wrong[0].span or word.place, message, fix=file.fix_across(dashed, word, wrong))


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


def dashed(file: File, word: Named, wrong: list[Piece]) -> Mended | None:
    """Dashes for the underscores of a word, and where the project asks for artifacts by it.

    Raises ``Stuck`` where a reference cannot be changed; says which queries keep the old word.
    """
    edits = [replace_in_text(file.text, piece, "_", "-") for piece in wrong]
    files: dict[str, None] = {}
    for model in file.project.models.values():
        for piece, old in asked_for(model, word):
            text = file.text_of(model.path)
            is_own = model.path == file.path
            new = piece.text.replace(old, old.replace("_", "-"))
            made = None if text is None else set_text(text, piece, new)
            if made is None:
                raise Stuck("it is asked for here", piece.span, None if is_own else model.path)
            edits.append(made if is_own else elsewhere(model.path, made))
            if not is_own:
                files[model.path] = None
    made = together(*edits)
    known = word.text.constant
    left = dependents(file, {known: (known,)}) if known else []
    told = f", also in {', '.join(files)}" if files else ""
    told += f"; left to ask for the old word: {', '.join(left)}" if left else ""
    return None if made is None else Mended(f"Write `-` for `_`{told}", made)


def asked_for(model: Model, word: Named) -> Iterator[tuple[Piece, str]]:
    """Where a file asks for artifacts of a type, or by an alias: the text, and what of it has to change."""
    known = word.text.constant
    if known is None:
        return
    if word.kind == "artifact type":
        # W&B raises if what is asked for is of another type.
        for event in model.events:
            if isinstance(event, ArtifactUsed | ApiCall):
                for text in texts(event.get("type")):
                    yield from ((piece, known) for piece in text.constants if piece.text == known)
    elif word.kind == "alias":
        for reference in references(model):
            # Another project's artifact goes by its own words.
            if reference.text.skeleton.endswith(f":{known}") and "/" not in reference.text.skeleton:
                last = list(reference.text.constants)[-1]
                if last.text.endswith(f":{known}"):
                    yield last, f":{known}"


_LINKS = {
    "Run.link_artifact": "target_path",
    "Artifact.link": "target_path",
    "Run.link_model": "registered_model_name",
}


def collection_of(target: Text) -> tuple[Piece, ...]:
    """The text of a collection's path, unless the underscores are in its entity or registry."""
    head = (target.constant or "_").rpartition("/")[0]
    return () if "_" in head or target.constant is None else tuple(target.constants)


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
