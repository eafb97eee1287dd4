"""Reports metadata that names another dataset or model than the run has declared as its input.

Why it matters: the lineage graph says that the model was made from `mails:v3`, its metadata says `mails:v2`.
One of the two was forgotten when the other was changed, and nobody can tell which. Whoever repeats the run,
or looks for what a bad dataset has spoiled, may be led astray (guide, Model Artifact Example and Lineage and
Traceability).

When to ignore: where the metadata speaks of something that is no artifact of this pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Bad,
    Entry,
    File,
    Finding,
    Good,
    Label,
    Model,
    Preset,
    Rule,
    Span,
    constant,
    options,
    shown,
    texts,
)

from ._made import logs
from ._metadata import known_entries

RULE = Rule(
    code="WB419",
    name="metadata-contradicts-lineage",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The lineage graph and the metadata say two different things, and nobody can tell which is true.",
    how="Take both from one place: one constant, or a value of the run's config.",
)

# What names an input, and which type of artifact that is.
KEYS = {
    "dataset": "dataset",
    "dataset_artifact": "dataset",
    "data_artifact": "dataset",
    "input_artifact": "",
    "source_artifact": "",
    "source_dataset": "dataset",
    "train_dataset": "dataset",
    "training_dataset": "dataset",
    "training_data": "dataset",
    "model": "model",
    "model_artifact": "model",
    "base_model": "model",
}
_REFERENCE = re.compile(r"(?:[\w.-]+/)*([\w.-]+):(v\d+|latest)")


class Used(NamedTuple):
    """An input that a run declares: its name without a path, its version or alias, its type where given."""

    name: str
    version: str
    kind: str
    span: Span

    @property
    def whole(self) -> str:
        """The name with the version."""
        return f"{self.name}:{self.version}"


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(ArtifactMade):
        inputs = inputs_of(file.model, made)
        for entry in known_entries(file.model, made.artifact) if inputs else ():
            other = contradicted(entry, inputs)
            text = next(texts(entry.value), None)
            if other is not None and text is not None:
                key = constant(entry.key) or ""
                message = f"`{key}` is {shown(text, 22)}, and the run uses {shown(other.whole, 22)}"
                said = _REFERENCE.fullmatch(text.constant or "")
                if said is not None and said.group(1) == other.name:
                    name = shown(other.name, 24)
                    message = f"`{key}` is `{said.group(2)}` of {name}, and the run uses `{other.version}`"
                place = text.span or entry.span or made.callee
                yield Finding(place, message, related=(Label(other.span, "it is used here"),))


def inputs_of(model: Model, made: ArtifactMade) -> tuple[Used, ...]:
    """All the inputs of the one run that logs an artifact, if they are known; else none."""
    runs = {event.run for event in logs(model, made.artifact) if isinstance(event, ArtifactLogged)}
    run = runs.pop() if len(runs) == 1 else None
    found: list[Used] = []
    for event in model.of_run(ArtifactUsed, run) if run is not None else ():
        if event.run not in (None, run):
            continue
        given = event.get("artifact_or_name") or event.get("name")
        known = [_REFERENCE.fullmatch(constant(option) or "") for option in options(given)]
        kind = constant(event.get("type")) or ("model" if event.method == "use_model" else "")
        found.extend(Used(each.group(1), each.group(2), kind, event.span) for each in known if each)
        if event.run is None or not known or None in known:
            return ()
    return tuple(found)


def contradicted(entry: Entry, inputs: tuple[Used, ...]) -> Used | None:
    """The input that an entry of the metadata contradicts: of its name in another version, or of its type."""
    kind = KEYS.get((constant(entry.key) or "").lower())
    said = _REFERENCE.fullmatch(constant(entry.value) or "") if kind is not None and entry.certain else None
    if said is None:
        return None
    name, version = said.groups()
    same = [used for used in inputs if used.name == name]
    for used in same:
        if "latest" in (version, used.version) or used.version == version:
            return None
    # An input of no known type may be the dataset, and is not taken for a model.
    others = same or [used for used in inputs if kind and used.kind == kind]
    if not others and kind == "dataset":
        others = [used for used in inputs if not used.kind]
    return others[0] if others else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact("phishing-texts-encoded:v4").download()
            model = wandb.Artifact("head", type="model", metadata={
                "base_model": "distilbert-base-uncased",
                "dataset": "phishing-texts-encoded:v3",
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            })
            model.add_file("head.pt")
            run.log_artifact(model)
        """,
        message="`dataset` is `v3` of `phishing-texts-encoded`, and the run uses `v4`",
    ),
    Bad(
        """
        import wandb

        def evaluate(run, predictions):
            run.use_artifact("acme/texts/mails:v3", type="dataset")
            run.use_artifact("head:v1", type="model")
            predictions.metadata["dataset_artifact"] = "spam:v3"
                                                       ^^^^^^^^^
            predictions.metadata.update({"model": "acme/texts/head:v1", "threshold": 0.5})
            predictions.add_file("predictions.csv")
            run.log_artifact(predictions)

        evaluate(wandb.init(project="texts"), wandb.Artifact("found", type="predictions"))

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("mails:v4")
            head = wandb.Artifact("head", "model", metadata={"dataset": "mails:v3", **run.config})
                                                                        ^^^^^^^^^^
            run.log_artifact(head)
        """,
        message=(
            "`dataset_artifact` is `spam:v3`, and the run uses `mails:v3`",
            "`dataset` is `v3` of `mails`, and the run uses `v4`",
        ),
    ),
    Good(
        """
        import wandb

        MAILS = "phishing-texts-encoded:v4"

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact(MAILS).download()
            model = wandb.Artifact("head", type="model", metadata={"dataset": MAILS, "base_model": "bert:v2"})
            model.add_file("head.pt")
            run.log_artifact(model)
        """
    ),
    Good(
        """
        import wandb as wb

        def evaluate(name, more):
            with wb.init(project="texts") as run:
                run.use_artifact("mails:latest")
                run.use_artifact(name)
                run.log_artifact(wb.Artifact("found", "predictions", metadata={"dataset": "mails:v3"}))
            with wb.init(project="texts") as run:
                run.use_artifact("mails:v4")
                run.use_artifact("bert:v2", type="model")
                run.log_artifact(wb.Artifact("head", "model", metadata={"dataset": "David-Egea/mails"}))
                run.log_artifact(wb.Artifact("tail", "model", metadata={"base_model": "bert:v2"}))
                run.log_artifact(wb.Artifact("both", "model", metadata={"compared_with": "mails:v3"}))
            with wb.init(project="texts") as run:
                run.log_artifact(wb.Artifact("last", "model", metadata={"dataset": "mails:v3"}))
        """
    ),
)
