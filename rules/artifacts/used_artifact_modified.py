"""Reports a used artifact that is changed and never saved.

Why it matters: `use_artifact` and `Api().artifact` give a copy of what W&B has. Metadata, a description,
aliases and tags that are set on it stay in this process until `artifact.save()`: the promotion to `prod` that
the program has just printed never happened, and nobody is told.

When to ignore: never; where the change is meant for this process alone, keep it in a variable of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    Applicability,
    ArtifactChanged,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Model,
    ObjectKind,
    Preset,
    Ref,
    Rule,
    Text,
    Unproven,
    insert_after,
    insert_after_block,
    options,
    shown,
    source_of,
    texts,
)

from ._made import handed, saved_after

RULE = Rule(
    code="WB420",
    name="used-artifact-modified",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The change stays in this process: W&B keeps the artifact as it was.",
    how="Call `artifact.save()` after the change.",
    fix=Applicability.UNSAFE,
    changes=("artifacts",),
)

KEPT = ("metadata", "description", "aliases", "tags", "ttl")


def check(file: File) -> Iterator[Finding]:
    model = file.model
    lost: dict[tuple[int, ...], list[ArtifactChanged]] = {}
    for change in model.each(ArtifactChanged):
        if not change.sure or change.attribute not in KEPT:
            continue
        if all(is_lost(model, change, number) for number in change.artifacts):
            lost.setdefault(change.artifacts, []).append(change)
    for artifacts, found in lost.items():
        first = found[0]
        text = name_of(model, artifacts[0])
        name = f"used artifact {shown(text, 24)}" if text is not None else "a used artifact"
        message = f"{first.attribute} of {name} {is_are(first.attribute)} changed and never saved"
        yield Finding(first.span, message, fix=file.fix("Save it", _save, model, artifacts, found))


def is_are(attribute: str) -> str:
    return "are" if attribute in ("aliases", "tags") else "is"


def is_lost(model: Model, change: ArtifactChanged, number: int) -> bool:
    """Whether a change of an artifact that W&B has already certainly never gets there."""
    artifact = model.artifacts[number]
    if not artifact.used or any(handed(model, number)) or saved_after(model, change, number):
        return False
    if any(is_metadata_of(made.get("metadata"), number) for made in model.each(ArtifactMade)):
        return False
    # Whatever is logged or linked anew may take the change with it.
    kept = (event.artifacts for event in model.events if isinstance(event, ArtifactLogged | ArtifactLinked))
    return not any(number in artifacts for artifacts in kept)


def is_metadata_of(value: AnyValue | None, number: int) -> bool:
    """Whether another artifact is given the metadata of this one: then it is changed for that one."""
    return any(
        isinstance(option, Ref) and option.kind is ObjectKind.METADATA and option.id == number
        for option in options(value)
    )


def name_of(model: Model, number: int) -> Text | None:
    """What a used artifact was asked for by, as far as that is known."""
    event = model.events[model.artifacts[number].made]
    if isinstance(event, ArtifactUsed):
        return next(texts(event.get("artifact_or_name") or event.get("name")), None)
    return next(texts(event.get("name")), None) if isinstance(event, ApiCall) else None


def _save(
    text: str, model: Model, artifacts: tuple[int, ...], changes: list[ArtifactChanged]
) -> Edits | None:
    """Save the artifact after the statement that changes it last, once for all passes and branches."""
    last, made = changes[-1], model.events[model.artifacts[artifacts[0]].made]
    statement = model.statement_at(last.span)
    owner, found, _ = source_of(text, last.span).partition(f".{last.attribute}")
    if statement is None or not found or re.fullmatch(r"[\w.]+", owner) is None:
        return None
    saving = f"{owner}.save()"
    in_one = len({change.block for change in changes}) == 1
    is_repeated = len(list(model.loops_of(last))) > len(list(model.loops_of(made)))
    below = [{block.id for block in model.enclosing(change.block)} for change in changes]
    if all(made.block in blocks for blocks in below) and (is_repeated or not in_one):
        same = len({model.function_of(each) for each in (*changes, made)}) == 1
        return insert_after_block(text, made.span, last.span, saving) if same else None
    return insert_after(text, statement, saving) if in_one else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            model = run.use_artifact("head:latest")
            model.metadata["eval/f1"] = 0.9
            ^^^^^^^^^^^^^^^^^^^^^^^^^
            model.aliases.append("prod")
            run.summary["f1"] = 0.9
        """,
        message="metadata of used artifact `head:latest` is changed and never saved",
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            model = run.use_artifact("head:latest")
            model.metadata["eval/f1"] = 0.9
            model.aliases.append("prod")
            model.save()
            run.summary["f1"] = 0.9
        """,
    ),
    Bad(
        """
        import wandb as wb

        api = wb.Api()
        mails = api.artifact(f"acme/texts/{api.default_entity}:v3")
        mails.description = "all mails of 2023"
        ^^^^^^^^^^^^^^^^^

        def promote(run: wb.Run, name):
            old = run.use_artifact(name)
            old.aliases += ["prod"]
            ^^^^^^^^^^^
        """,
        message=(
            "description of used artifact `acme/texts/{}:v3` is changed and never saved",
            "aliases of a used artifact are changed and never saved",
        ),
        fixed="""
        import wandb as wb

        api = wb.Api()
        mails = api.artifact(f"acme/texts/{api.default_entity}:v3")
        mails.description = "all mails of 2023"
        mails.save()

        def promote(run: wb.Run, name):
            old = run.use_artifact(name)
            old.aliases += ["prod"]
            old.save()
        """,
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            model = run.use_artifact("head:latest")
            model.metadata["eval/f1"] = 0.9
            model.aliases.append("prod")
            model.save()
        """
    ),
    Good(
        """
        import wandb
        from shop import Shelf, promote

        def amend(run: wandb.Run, name, artifact: wandb.Artifact):
            artifact.metadata["seen"] = True
            mails = run.use_artifact(name)
            mails.description = "all mails of 2023"
            return mails

        def extend():
            with wandb.init(project="texts") as run:
                old = run.use_artifact("mails:latest")
                promote(old)
                old.metadata["num_samples"] = 500
                draft = run.use_artifact("spam:latest").new_draft()
                draft.metadata["num_samples"] = 600
                run.log_artifact(draft)
                raw = run.use_artifact("raw-mails:latest")
                raw.metadata["cleaned"] = True
                clean = wandb.Artifact("clean-mails", "dataset", metadata=raw.metadata)
                told = run.use_artifact("told-mails:latest")
                told.metadata.update(cleaned=True)
                more = wandb.Artifact("more-mails", "dataset", metadata={**told.metadata, "more": True})
                shelf = Shelf("mails:latest")
                shelf.metadata["books"] = 3
        """
    ),
)

PROOF = Unproven("needs a server: `use_artifact` raises offline, and what is saved only a server sees")
