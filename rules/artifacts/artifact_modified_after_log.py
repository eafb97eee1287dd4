"""Reports an artifact that is changed after it was logged.

Why it matters: `log_artifact` takes the artifact as it is. Metadata and a description that are set
later stay in the process and never reach W&B, without a warning; adding or removing files raises
`ArtifactFinalizedError` (guide, Updating Metadata).

When to ignore: never. A logged artifact is amended by `artifact.wait()`, the change, and
`artifact.save()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactCall,
    ArtifactChanged,
    ArtifactLogged,
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Label,
    Model,
    Preset,
    Proof,
    Rule,
    Shows,
    Tri,
    shown,
)

from ._made import FILLS, named, saved_after

RULE = Rule(
    code="WB407",
    name="artifact-modified-after-log",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="W&B has the artifact as it was when it was logged: the change never gets there.",
    how="Change it before it is logged, or between `artifact.wait()` and `artifact.save()`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    seen: set[tuple[int, str]] = set()
    for event in model.events:
        if not isinstance(event, ArtifactChanged | ArtifactCall) or event.artifact is None:
            continue
        made = model.events[model.artifacts[event.artifact].made]
        what = event.attribute if isinstance(event, ArtifactChanged) else "files"
        is_late = event.logged is Tri.YES and not may_go_on(model, event)
        if not is_late or not isinstance(made, ArtifactMade) or (made.artifact, what) in seen:
            continue
        if isinstance(event, ArtifactCall):
            if event.method in FILLS or event.method == "remove":
                seen.add((made.artifact, what))
                message = f"{shown(event.callee_text, 30)} changes an artifact that is logged already"
                yield Finding(event.callee, message, why=RAISES, how=BEFORE, related=log_of(model, event))
        elif what in ("metadata", "description") and not saved_after(model, event, made.artifact):
            seen.add((made.artifact, what))
            message = f"{what} of {named(made, 24)} is set after it was logged"
            yield Finding(event.span, message, related=log_of(model, event))


RAISES = "The files of a logged artifact are final: it raises `ArtifactFinalizedError`."
BEFORE = "Add all files before the artifact is logged."


def may_go_on(model: Model, event: ArtifactChanged | ArtifactCall) -> bool:
    """Whether the artifact is one that several processes fill, which is not final when it is logged."""
    log = None if event.logged_by is None else model.events[event.logged_by]
    return isinstance(log, ArtifactLogged) and log.method == "upsert_artifact"


def log_of(model: Model, event: ArtifactChanged | ArtifactCall) -> tuple[Label, ...]:
    if event.logged_by is None:
        return ()
    return (Label(model.events[event.logged_by].span, "it is logged here"),)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
            run.log_artifact(model)
            model.metadata["f1"] = 0.9
            ^^^^^^^^^^^^^^^^^^^^
            model.metadata["recall"] = 0.8
        """,
        message="metadata of artifact `head` is set after it was logged",
    ),
    Bad(
        """
        import wandb

        class Publisher:
            def __init__(self, run: wandb.Run):
                self.run = run

            def publish(self, path):
                artifact = wandb.Artifact("mails", type="dataset")
                logged = self.run.log_artifact(artifact)
                logged.description = "all mails"
                ^^^^^^^^^^^^^^^^^^
                artifact.add_file(path)
                ^^^^^^^^^^^^^^^^^
        """,
        message=(
            "description of artifact `mails` is set after it was logged",
            "`artifact.add_file` changes an artifact that is logged already",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
            model.metadata["f1"] = 0.9
            run.log_artifact(model)
        """
    ),
    Good(
        """
        import wandb

        def make(name):
            return wandb.Artifact(name, type="model", metadata={"framework": "torch"})

        class Heads:
            def __init__(self):
                self.first = make("first-head")
                self.second = make("second-head")

        with wandb.init(project="texts", job_type="train") as run:
            first, heads = make("first"), Heads()
            second = make("second")
            first.add_file("first.pt")
            run.log_artifact(first)
            second.add_file("second.pt")
            second.metadata["f1"] = 0.8
            run.log_artifact(second)
            run.log_artifact(heads.first)
            heads.second.add_file("second.pt")
            run.log_artifact(heads.second)
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Shelf

        def amend(run, is_final):
            mails = wb.Artifact("mails", type="dataset")
            run.log_artifact(mails)
            mails.wait()
            mails.metadata = {"num_samples": 500}
            mails.save()
            draft = mails.new_draft()
            draft.add_file("more.csv")
            run.log_artifact(draft)
            for part in ("train", "test"):
                split = wb.Artifact(f"mails-{part}", type="dataset")
                split.add_file(f"{part}.csv")
                if is_final:
                    run.log_artifact(split)
                split.metadata["part"] = part

        def unlike(run: wb.Run):
            shelf = Shelf()
            run.log_artifact(shelf)
            shelf.metadata["books"] = 3
        """
    ),
)

PROOF = Proof(
    bad=Shows(
        "the record holds the metadata as it was when the artifact was logged",
        lambda ran: ran.run.artifacts[0]["metadata"] == {"framework": "torch"},
    ),
    good=Shows(
        "the record holds all of the metadata",
        lambda ran: ran.run.artifacts[0]["metadata"] == {"framework": "torch", "f1": 0.9},
    ),
)
