"""Reports underscores in an artifact's type, aliases, tags, or the name of a collection.

Why it matters: dashes are the one delimiter that works in all W&B names but metrics. A team that writes
dashes never has to look up whether it was `best_model` or `best-model` (guide, Naming Conventions).

When to ignore: where other projects use the artifacts by these words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wbcheck.rule import (
    Applicability,
    ArtifactCall,
    ArtifactLinked,
    ArtifactMade,
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
    spelled,
    texts,
    together,
)

from ..access._asked import dependents
from ._names import names
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

    Raises ``Stuck`` where that cannot be told; says which queries keep the old word.
    """
    edits = [replace_in_text(file.text, piece, "_", "-") for piece in wrong]
    files: dict[str, None] = {}
    for model in file.project.models.values():
        text, is_own = file.text_of(model.path), model.path == file.path
        for piece, old in _ASKERS[word.kind](file, model, word):
            made = None if text is None else set_text(text, piece, piece.text.replace(old, dashes(old)))
            if made is None:
                raise Stuck("it is asked for here", piece.span, None if is_own else model.path)
            edits.append(made if is_own else elsewhere(model.path, made))
            if not is_own:
                files[model.path] = None
    done = together(*edits)
    known = word.text.constant
    left = dependents(file, {known: (known,)}) if known else []
    told = f", also in {', '.join(files)}" if files else ""
    told += "; what is logged already keeps the old type" if word.kind == "artifact type" else ""
    told += f"; left to ask for the old word: {', '.join(left)}" if left else ""
    return None if done is None else Mended(f"Write `-` for `_`{told}", done)


def dashes(word: str) -> str:
    return word.replace("_", "-")


Asked = Iterator[tuple[Piece, str]]


def by_type(file: File, model: Model, word: Named) -> Asked:
    """Where artifacts of a type are asked for: W&B raises if they are of another one."""
    is_own = model.path == file.path
    for asked in references(model):
        _, text, place = asked
        kinds = [kind for kind in texts(asked.type) if may_be(kind, word.text)]
        bare = text.skeleton.rpartition("/")[2].partition(":")[0]
        if not kinds or not ((is_own and "{}" in bare) or bare in made_of(file.model, word.text)):
            continue
        for kind in kinds:
            if kind.constant is None or kind.constant != word.text.constant or "/" in text.skeleton:
                raise Stuck("this may ask for it by its type", place, None if is_own else model.path)
            yield from ((piece, piece.text) for piece in kind.constants)


def made_of(model: Model, kind: Text) -> set[str]:
    """The names of the artifacts of a type that a file makes."""
    made = (event for event in model.each(ArtifactMade) for said in texts(event.get("type")) if said == kind)
    return {text.skeleton for event in made for text in texts(event.get("name"))}


def by_alias(file: File, model: Model, word: Named) -> Asked:
    """Where the project's own artifacts are asked for by an alias."""
    for _, text, place in references(model):
        name, _, version = text.skeleton.partition(":")
        # Another project's artifact goes by its own words.
        if "_" not in version or "/" in name or not may_be(text, word.text, f"{name}:"):
            continue
        if "{}" not in name and not is_made(file, name):
            continue
        last = text.pieces[-1]
        old = f":{word.text.constant}"
        if not isinstance(last, Piece) or not last.text.endswith(old):
            raise Stuck("this may ask for it", place, None if model.path == file.path else model.path)
        yield last, old


def is_made(file: File, name: str) -> bool:
    """Whether a file of the project makes an artifact of this name."""
    return any(text.skeleton == name for each in file.project.models.values() for text, _ in names(each))


def by_collection(file: File, model: Model, word: Named) -> Asked:
    """Other mentions of a collection: which of them name it cannot be told. Raises ``Stuck``."""
    leaf = (word.text.constant or "").rpartition("/")[2]
    own = [piece.span for piece in word.pieces if piece.span is not None and model.path == file.path]
    for span in spelled(file.text_of(model.path) or "", rf"(?<![\w-]){re.escape(leaf)}(?![\w-])"):
        if not any(each.contains(span) for each in own):
            raise Stuck("this may be the collection", span, None if model.path == file.path else model.path)
    return iter(())


def by_nothing(file: File, model: Model, word: Named) -> Asked:
    return iter(())


_ASKERS: dict[str, Callable[[File, Model, Named], Asked]] = {
    "artifact type": by_type,
    "alias": by_alias,
    "artifact tag": by_nothing,
    "collection": by_collection,
}


def may_be(text: Text, word: Text, before: str = "") -> bool:
    """Whether a text may say a word that has holes, or the other way round."""
    parts = (re.escape(part) for part in f"{before}{word.skeleton}".split("{}"))
    return re.fullmatch(".*".join(parts), text.skeleton) is not None


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
            older = run.use_artifact("raw-mails:v3", type="raw_data")
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
            older = run.use_artifact("raw-mails:v3", type="raw-data")
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
