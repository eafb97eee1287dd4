"""Reports statistics of a dataset that are in its artifact's metadata or in the summary, and not in both.

Why it matters: the metadata answers what the artifact is, where artifacts are looked through; the summary
answers what the run produced, in the runs table. The guide writes the same numbers into both, since either
view lacks what only the other one has (Run Summary, Data Ops Example: Why both?).

When to ignore: where people look at one of the two places only.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated

from wbcheck.rule import (
    ArtifactLogged,
    ArtifactMade,
    Bad,
    Entry,
    File,
    Finding,
    Good,
    Number,
    Options,
    Preset,
    Rule,
    Unknown,
    Why,
    constant,
    doc,
    listed,
    options,
    words,
)

from ..artifacts._metadata import entries_of, type_of
from ._axes import is_alone, logged
from ._summary import Kept, kept, writes_unknown

_STATISTICS = tuple(
    """
    average avg classes columns count counts distribution duplicates features fraction length lengths
    max mean median min missing n nulls num number observations proportion ratio records rows samples
    share size sizes std texts tokens total variance vocab vocabulary
    """.split()
)


class Statistics(Options, frozen=True):
    """What counts as a statistic."""

    words: Annotated[tuple[str, ...], doc("Words of keys whose numbers describe a dataset.")] = _STATISTICS
    types: Annotated[tuple[str, ...], doc("Types of artifacts that are datasets.")] = ("dataset",)


RULE = Rule(
    code="WB324",
    name="statistics-only-in-metadata",
    preset=Preset.ALL,
    since="0.1.0",
    why="Artifacts and runs are looked through in different views, and each shows its own numbers only.",
    how="Write the statistics into one dict, and that into both.",
    options=Statistics,
)


def check(file: File) -> Iterator[Finding]:
    for made, run in _datasets(file):
        entries, rows = entries_of(file.model, made), logged(file.model, run)
        if entries is None or rows is None or writes_unknown(file.model, run):
            continue
        wanted = frozenset(file.options.words)
        summary = [_entry(value) for value in kept(file.model) if value.write.run == run]
        missing = _missing(entries, (*rows, *summary), wanted)
        if missing:
            yield _only_in(missing, made, "metadata")
        elif extra := _missing(summary, entries, wanted):
            yield _only_in(extra, made, "summary")


def _missing(here: Iterable[Entry], there: Iterable[Entry], wanted: frozenset[str]) -> list[Entry]:
    """The statistics of one place that are not in the other."""
    told = {_plain(entry) for entry in there}
    return [entry for entry in here if _is_statistic(entry, wanted) and _plain(entry) not in told]


def _datasets(file: File) -> Iterator[tuple[ArtifactMade, int]]:
    """The only dataset that a run certainly logs, and that run."""
    model = file.model
    for start in model.runs:
        outputs = [event for event in model.of_run(ArtifactLogged, start.id) if start.id in event.runs]
        begin = model.start_of(start.id)
        if len(outputs) != 1 or begin is None or outputs[0].run is None or not outputs[0].sure_artifact:
            continue
        for number in outputs[0].artifacts[:1] if is_alone(file, begin) else ():
            made = model.events[model.artifacts[number].made]
            if isinstance(made, ArtifactMade) and type_of(made) in file.options.types:
                yield made, start.id


def _entry(value: Kept) -> Entry:
    return Entry(value.key, value.value or Unknown(None, Why.OPERATION), value.span)


def _plain(entry: Entry) -> frozenset[str]:
    """The words of a key without its namespace, and without those that say that it counts (`vocab_size`)."""
    said = frozenset(words((constant(entry.key) or "").rpartition("/")[2]))
    return said - _COUNTING or said


_COUNTING = frozenset({"n", "num", "number", "of", "count", "size", "total"})


def _is_statistic(entry: Entry, wanted: frozenset[str]) -> bool:
    """Whether a key says that it is a statistic, and its value is a number or was reckoned."""
    key = constant(entry.key)
    is_named = key is not None and any(word in wanted for word in words(key))
    return is_named and all(
        isinstance(value, Number) or (isinstance(value, Unknown) and value.why in _RECKONED)
        for value in options(entry.value)
    )


_RECKONED = (Why.CALL, Why.OPERATION, Why.BRANCH)


def _only_in(found: list[Entry], made: ArtifactMade, where: str) -> Finding:
    names = [constant(entry.key) or "" for entry in found]
    place = found[0].key.span or found[0].span or made.callee
    return Finding(place, f"{listed(names, 44)} {'is' if len(names) == 1 else 'are'} in the {where} only")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            artifact = wandb.Artifact(
                "texts",
                type="dataset",
                metadata={"num_samples": len(texts), "avg_length": mean(texts), "format": "hf_arrow"},
                          ^^^^^^^^^^^^^
            )
            artifact.add_dir("texts")
            run.log_artifact(artifact)
            run.summary["avg_length"] = mean(texts)
        """,
        message="`num_samples` is in the metadata only",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            artifact = wandb.Artifact("texts", type="dataset", metadata={"source": "raw"})
            artifact.metadata["num_samples"] = len(texts)
            artifact.add_dir("texts")
            run.log_artifact(artifact)
            run.summary.update({"num_samples": len(texts), "num_phishing": count(texts)})
                                                           ^^^^^^^^^^^^^^
        """,
        message="`num_phishing` is in the summary only",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", job_type="clean")
        artifact = wandb.Artifact("texts", type="corpus", metadata={"num_rows": 10, "height": tall()})
                                                                                    ^^^^^^^^
        artifact.add_dir("texts")
        run.log_artifact(artifact)
        """,
        message="`height` is in the metadata only",
        options={"words": ["height"], "types": ["corpus"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            stats = {"num_samples": len(texts), "avg_length": mean(texts)}
            artifact = wandb.Artifact("texts", type="dataset")
            artifact.metadata.update(stats)
            artifact.add_dir("texts")
            run.log_artifact(artifact)
            for key, value in stats.items():
                run.summary[key] = value
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            max_length = run.config["params"]["max_length"]
            artifact = wandb.Artifact(
                "texts", type="dataset", metadata={"num_samples": len(texts), "max_length": max_length}
            )
            artifact.add_dir("texts")
            run.log_artifact(artifact)
            run.log({"clean/num_samples": len(texts)})
        """
    ),
    Good(
        """
        import wandb

        def publish(stats, texts):
            run = wandb.init(project="texts", job_type="train")
            model = wandb.Artifact("model", type="model", metadata={"num_labels": 2})
            model.add_dir("model")
            run.log_artifact(model)
            run.finish()
            other = wandb.init(project="texts", job_type="clean")
            artifact = wandb.Artifact("texts", type="dataset", metadata={"num_samples": len(texts)})
            artifact.add_dir("texts")
            other.log_artifact(artifact)
            other.summary.update(stats)
        """
    ),
)
