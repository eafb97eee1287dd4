"""Reports metadata that lacks what an artifact of its type needs.

Why it matters: "I'm looking at this artifact six months from now. What do I need to know about it without
downloading it?" For a dataset that is how many samples there are, where they come from and what was done to
them; for a model what it was made from and how good it is; for predictions which model made them from which
data (guide, What to Include). What is asked for counts under the other names that the guide uses for it,
too.

When to ignore: where a key makes no sense for the artifact; take it out of the option's table for your team.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Model,
    Options,
    Preset,
    Rule,
    doc,
    listed,
)

from ._metadata import inner_keys, lacking, metadata_place, type_of

REQUIRED = {
    "dataset": ("num_samples", "splits", "class_distribution", "schema", "source", "preprocessing_applied"),
    "model": ("base_model", "dataset", "best_metric", "framework"),
    "predictions": ("model", "dataset", "threshold", "num_predictions"),
}
LABELS = ("id2label", "label2id")

# Other names of the same, of the guide and of everyday code: patterns for whole keys, in lower case.
_COUNT = r"(num|n|nb|number_of|total)_\w+|\w*(size|row|count|sample|example|record)s?|length|len"
_DATA = r"(\w+_)?(data|dataset|datasets|artifact|split|corpus)(_\w+)?"
_MODEL = (
    r"(\w+_)?(model|checkpoint|arch|architecture|backbone|estimator|algorithm)(_\w+)?"
    r"|(fine_?tuned|trained|pretrained|initialized|based)_(from|on)|pretrained"
)
SYNONYMS = {
    "num_samples": _COUNT,
    "splits": (
        r"\w*splits?(_\w+)?|\w*(train|test|val|valid|validation)_?(size|ratio|samples|rows)"
        r"|num_(train|test|val)\w*"
    ),
    "class_distribution": r"\w*(class|label|target|category)\w*",
    "schema": r"schema|columns|features|fields|dtypes|\w*(column|feature|field)s?(_\w+)?",
    "source": r"source(_\w+)?|origin|\w*(url|uri|dataset|path|query|table|parent)|input(_\w+)?|raw_\w+",
    "preprocessing_applied": (
        r"\w*(preprocess|process|clean|transform|encod|tokeniz|normal|augment|filter|resiz|dedup)\w*"
    ),
    "base_model": _MODEL,
    "model": _MODEL,
    "dataset": _DATA,
    "best_metric": (
        r"(best|val|valid|validation|eval|test|train|final)_\w+"
        r"|(\w+_)?(metrics?|scores?|f1|acc|accuracy|auc|loss|mae|mse|rmse|r2|precision|recall|bleu|rouge\w*"
        r"|perplexity|iou|map|dice|reward|return)(_\w+)?"
    ),
    "framework": (
        r"framework|library|flavor|(\w+_)?version|torch|pytorch|tensorflow|keras|sklearn|transformers"
    ),
    "threshold": r"\w*(threshold|cutoff)\w*",
    "num_predictions": _COUNT,
}
# Classes of transformers and scikit-learn that tell a classifier.
_CLASSIFIER = re.compile(r"\w*For\w*Classification|\w+Classifier|LogisticRegression")
_CLASSES = re.compile(r"num_labels|num_classes|n_classes|labels|classes|id2label|label2id")


class Needed(Options, frozen=True):
    """What metadata needs."""

    required: Annotated[
        dict[str, tuple[str, ...]],
        doc("The keys that artifacts of each type need, in place of the guide's table."),
    ] = {}  # noqa: RUF012 - msgspec gives each its own


RULE = Rule(
    code="WB405",
    name="artifact-metadata-incomplete",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Whoever finds the artifact later learns this only by downloading it, or not at all.",
    how="Add it to the metadata, under this name or another that says as much.",
    options=Needed,
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(ArtifactMade):
        kind = type_of(made) or ""
        needed = (file.options.required or REQUIRED).get(kind, ())
        entries = lacking(file.model, made) if needed else None
        if entries is None:
            continue
        given = inner_keys(entries)
        if kind == "model" and "base_model" in needed and shows_classifier(file.model, given):
            needed = (*needed, *LABELS)
        missing = [key for key in needed if not is_there(key, given)]
        if missing:
            a_kind = kind if kind.endswith("s") else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
            message = f"metadata of {a_kind} lacks {listed(missing, 50)}"
            names = ", ".join(f"`{key}`" for key in missing)
            how = f"Add {names} to the metadata, under these names or others that say as much."
            yield Finding(metadata_place(made), message, how=how)


def is_there(key: str, given: frozenset[str]) -> bool:
    """Whether a key is given, under its own name or another one."""
    if key.lower() in given:
        return True
    pattern = SYNONYMS.get(key)
    return pattern is not None and any(re.fullmatch(pattern, each.replace("-", "_")) for each in given)


def shows_classifier(model: Model, given: frozenset[str]) -> bool:
    """Whether the code shows that the model tells classes apart."""
    imported = (entry.target.rpartition(".")[2] for entry in model.imports)
    return any(map(_CLASSES.fullmatch, given)) or any(map(_CLASSIFIER.fullmatch, imported))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch", "lr": 0.1})
                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            model.add_file("head.pt")
            run.log_artifact(model)
        """,
        message="metadata of a model lacks `base_model`, `dataset`, `best_metric`",
    ),
    Bad(
        """
        import wandb
        from sklearn.ensemble import RandomForestClassifier

        def publish(run: wandb.Run, f1):
            mails = wandb.Artifact("mails", "dataset", metadata={"num_rows": 500, "source_dataset": "mails"})
                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            mails.metadata["columns"] = ["text", "label"]
            run.log_artifact(mails)
            model = wandb.Artifact("forest", "model")
                    ^^^^^^^^^^^^^^
            model.metadata.update({"base_model": "none", "dataset": "mails:v3", "val_f1": f1})
            model.metadata["sklearn_version"] = "1.7.2"
            run.log_artifact(model)
            found = wandb.Artifact("found", "predictions", metadata=dict(model="forest:v3", threshold=0.5))
                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.log_artifact(found)
        """,
        message=(
            "metadata of a dataset lacks `splits`, `class_distribution` and 1 more",
            "metadata of a model lacks `id2label`, `label2id`",
            "metadata of predictions lacks `dataset`, `num_predictions`",
        ),
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
                                                                  ^^^^^^^^^^^^^^^^^^^^^^
            run.log_artifact(model)
        """,
        message="metadata of a model lacks `license`",
        options={"required": {"model": ["license", "framework"]}},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="encode") as run:
            mails = wandb.Artifact(
                name="phishing-texts-encoded",
                type="dataset",
                metadata={
                    "num_samples": {"train": 16240, "val": 2030, "test": 2031},
                    "splits": ["train", "val", "test"],
                    "class_distribution": {"ham": 0.62, "phishing": 0.38},
                    "source_dataset": "David-Egea/phishing-texts",
                    "encoding_strategy": "head_tail",
                    "columns": ["input_ids", "attention_mask", "label"],
                },
            )
            run.log_artifact(mails)
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Artifact, describe

        def publish(run: wb.Run, stats, kind):
            run.log_artifact(wb.Artifact("mails", "dataset", metadata={"num_samples": 500, **stats}))
            run.log_artifact(wb.Artifact("head", kind, metadata={"framework": "torch"}))
            run.log_artifact(wb.Artifact("notes", "report", metadata={"pages": 3}))
            run.log_artifact(wb.Artifact("bare", "model"))
            model = wb.Artifact("tail", "model", metadata={"framework": "torch"})
            describe(model)
            run.log_artifact(model)
            never_logged = wb.Artifact("draft", "model", metadata={"framework": "torch"})
            run.log_artifact(Artifact("vase", "model", metadata={"colour": "blue"}))
        """
    ),
    Good(
        """
        import wandb

        class Logger:
            def __init__(self, project, name, config):
                self.run = wandb.init(project=project, name=name, config=config)

            def checkpoint(self, epoch, path):
                model = wandb.Artifact("checkpoint", type="model", metadata={"epoch": epoch})
                model.add_file(path)
                self.run.log_artifact(model)
        """
    ),
)
