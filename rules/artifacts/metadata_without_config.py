"""Reports a model's or dataset's metadata that does not carry the run's config.

Why it matters: with the config in its metadata an artifact documents itself: whoever browses artifacts, uses
one from another project or has downloaded it sees which settings made it, without looking for the run
(guide, Artifact Metadata: the tip). Below one key it costs a few kilobytes, and cannot exceed the 100 keys
that W&B takes.

When to ignore: where artifacts are never looked at without their run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    ArtifactLogged,
    ArtifactMade,
    Bad,
    ConfigWrite,
    Dict,
    Edits,
    Entry,
    File,
    Finding,
    Good,
    Model,
    ObjectKind,
    Origin,
    Preset,
    Ref,
    Rule,
    RunStart,
    Span,
    Tri,
    Unknown,
    Why,
    options,
    precedes,
    prepend_entry,
    quote,
)

from ._made import logs, named
from ._metadata import keys_of, lacking, metadata_place, type_of

RULE = Rule(
    code="WB413",
    name="metadata-without-config",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Which settings made it can only be learned by finding the run that logged it.",
    how='Add `"config": dict(run.config)` to the metadata.',
    fix=Applicability.UNSAFE,
    changes=("artifacts",),
)

TYPES = ("model", "dataset")
KEYS = frozenset(
    "config run_config cfg params hyperparameters hparams parameters hyperparams args settings "
    "training_args train_config training_config".split()
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for made in model.each(ArtifactMade):
        entries = lacking(model, made) if type_of(made) in TYPES else None
        if entries is None or carries_config(model, entries) or has_no_config(model, made):
            continue
        given = made.get("metadata")
        fix = None
        if isinstance(given, Dict) and given.origin is Origin.LITERAL and given.span is not None:
            config = config_of(model, made)
            if config:
                fix = file.fix("Add the run's config", _added, given.span, config)
        message = f"metadata of {named(made)} does not carry the run's config"
        yield Finding(metadata_place(made), message, fix=fix)


def carries_config(model: Model, entries: tuple[Entry, ...]) -> bool:
    """Whether metadata has the config, or may: under a key that says so, as a value, or key by key."""
    given = keys_of(entries)
    if given & KEYS or any(map(_is_config, (entry.value for entry in entries))):
        return True
    whole = [option for start in model.each(RunStart) for option in options(start.get("config"))]
    nested = [
        entry for each in whole if isinstance(each, Dict) and (entry := each.find("params")) is not None
    ]
    configs = (*whole, *(option for entry in nested for option in options(entry.value)))
    return any(isinstance(each, Dict) and each.entries and keys_of(each.entries) <= given for each in configs)


def _is_config(value: AnyValue) -> bool:
    for option in options(value):
        if isinstance(option, Ref) and option.kind is ObjectKind.CONFIG:
            return True
        if isinstance(option, Unknown) and option.why is Why.CONFIG and option.name.endswith("as_dict"):
            return True
    return False


def has_no_config(model: Model, made: ArtifactMade) -> bool:
    """Whether the run that logs the artifact certainly has no config to carry."""
    runs = {event.run for event in logs(model, made.artifact) if isinstance(event, ArtifactLogged)}
    starts = [model.start_of(run) for run in runs]
    if not starts or None in starts:
        return False
    written = {run for event in model.each(ConfigWrite) for run in event.runs}
    return all(
        start is not None and start.arguments.given("config") is Tri.NO and start.run not in written
        for start in starts
    )


def config_of(model: Model, made: ArtifactMade) -> str:
    """How the config of the run that logs an artifact is written where the artifact is made, if it can be."""
    for event in logs(model, made.artifact):
        if not isinstance(event, ArtifactLogged) or model.function_of(event) != model.function_of(made):
            continue
        start = model.start_of(event.run)
        owner = event.callee_text.removesuffix(f".{event.method}")
        is_name = re.fullmatch(r"[\w.]+", owner) is not None and owner != event.callee_text
        if is_name and (start is None or runs_by(model, start, made)):
            return f"{owner}.config"
    return ""


def runs_by(model: Model, start: RunStart, made: ArtifactMade) -> bool:
    """Whether a run has certainly been started when an artifact is made."""
    within = model.runs[start.run].with_block
    around = {block.id for block in model.enclosing(made.block)}
    return within in around or precedes(model, start, made) is Tri.YES


def _added(text: str, metadata: Span, config: str) -> Edits | None:
    key = quote(text, "config", metadata.start)
    return None if key is None else prepend_entry(text, metadata, f"{key}: dict({config})")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train", config={"params": {"lr": 0.1}}) as run:
            model = wandb.Artifact("head", "model", metadata={"f1": 0.9})
                                                             ^^^^^^^^^^^
            model.add_file("head.pt")
            run.log_artifact(model)
        """,
        message="metadata of artifact `head` does not carry the run's config",
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="train", config={"params": {"lr": 0.1}}) as run:
            model = wandb.Artifact("head", "model", metadata={
                "config": dict(run.config),
                "f1": 0.9,
            })
            model.add_file("head.pt")
            run.log_artifact(model)
        """,
    ),
    Bad(
        """
        import wandb

        def publish(run: wandb.Run, lr):
            mails = wandb.Artifact(
                "mails",
                type="dataset",
                metadata={
                         ^
                    "num_samples": 500,  # all of them
                    "lr": lr,
                },
                ~
            )
            wandb.log_artifact(mails)
        """,
        message="metadata of artifact `mails` does not carry the run's config",
        fixed="""
        import wandb

        def publish(run: wandb.Run, lr):
            mails = wandb.Artifact(
                "mails",
                type="dataset",
                metadata={
                    "config": dict(wandb.config),
                    "num_samples": 500,  # all of them
                    "lr": lr,
                },
            )
            wandb.log_artifact(mails)
        """,
    ),
    Bad(
        """
        import wandb

        def publish(run: wandb.Run):
            run.config.update({"params": {"lr": 0.1}})
            model = wandb.Artifact("head", "model", metadata=dict(framework="torch"))
                                                             ^^^^^^^^^^^^^^^^^^^^^^^
            model.metadata["f1"] = 0.9
            run.log_artifact(model)
        """,
        message="metadata of artifact `head` does not carry the run's config",
    ),
    Good(
        """
        import wandb

        settings = {"lr": 0.1, "layers": 2}
        with wandb.init(project="texts", job_type="train", config={"params": settings}) as run:
            head = wandb.Artifact("head", type="model", description="A head", metadata=dict(settings))
            head.add_file("head.pt")
            run.log_artifact(head)
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train", config={"params": {"lr": 0.1}}) as run:
            model = wandb.Artifact("head", type="model", metadata={"config": dict(run.config), "f1": 0.9})
            run.log_artifact(model)
            tail = wandb.Artifact("tail", type="model", metadata={**run.config, "f1": 0.9})
            run.log_artifact(tail)
            flat = wandb.Artifact("flat", type="model", metadata={"f1": 0.9})
            flat.metadata["params"] = run.config["params"]
            run.log_artifact(flat)

        SETTINGS = dict(depth=2, heads=8)
        with wandb.init(project="texts", job_type="train", config=SETTINGS) as run:
            model = wandb.Artifact("head", type="model", metadata={**SETTINGS, "framework": "torch"})
            run.log_artifact(model)
        """
    ),
    Good(
        """
        import wandb as wb

        def publish(run: wb.Run, stats, kind):
            run.log_artifact(wb.Artifact("mails", "dataset", metadata=stats))
            run.log_artifact(wb.Artifact("found", "predictions", metadata={"threshold": 0.5}))
            run.log_artifact(wb.Artifact("bare", "model"))
            run.log_artifact(wb.Artifact("some", kind, metadata={"threshold": 0.5}))

        with wb.init(project="texts", job_type="ingest") as run:
            mails = wb.Artifact("raw-mails", "dataset", metadata={"num_samples": 500})
            run.log_artifact(mails)
        """
    ),
)
