"""Reports artifact metadata with more than 100 keys.

Why it matters: W&B refuses metadata with more than 100 top-level keys: `wandb.Artifact` or `log_artifact`
raises `ValueError`. A Hugging Face config alone has about 200, so spreading one into metadata fails when the
model is trained and about to be logged. The guide's tip to dump `run.config` works below one key (Artifact
Metadata).

When to ignore: never. Keys inside of a value do not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ArtifactMade,
    Bad,
    Dict,
    End,
    File,
    Finding,
    Good,
    Model,
    Origin,
    Preset,
    Proof,
    Raises,
    Rule,
    Shows,
    Span,
    Unknown,
    Why,
    constant,
    options,
    texts,
)

from ._metadata import Single, Whole, singles, wholes

RULE = Rule(
    code="WB414",
    name="metadata-too-many-keys",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="W&B takes at most 100 keys: it raises `ValueError`, and the artifact is not logged.",
    how="Put them below one key, such as `config`: keys inside of a value do not count.",
)

MOST = 100


def check(file: File) -> Iterator[Finding]:
    told: set[int] = set()
    every: list[Whole | Single] = [*wholes(file.model), *singles(file.model)]
    for given in every:
        count = count_of(file.model, given)
        if count > MOST and not told.intersection(_artifacts(given)):
            told.update(_artifacts(given))
            message = f"artifact metadata has {count} keys, and W&B takes {MOST} at most"
            yield Finding(place_of(given), message)


def _artifacts(given: Whole | Single) -> tuple[int, ...]:
    event = given.event
    return (event.artifact,) if isinstance(event, ArtifactMade) else event.artifacts


def place_of(given: Whole | Single) -> Span:
    """The dict, where it is written in the argument, else the argument or the statement."""
    span = given.value.span if isinstance(given, Whole) else None
    return span if span is not None and given.place.contains(span) else given.place


def count_of(model: Model, given: Whole | Single) -> int:
    """How many keys are certainly written here."""
    if isinstance(given, Single):
        return _times(model, given)
    return min((_count(option) for option in options(given.value)), default=0)


def _count(value: AnyValue) -> int:
    if not isinstance(value, Dict):
        return 0
    if value.origin is Origin.COMPREHENSION and len(value.entries) == 1:
        counter = counter_in(value.entries[0].key)
        return 0 if counter is None else counter.size or 0
    return len({constant(entry.key) for entry in value.entries if entry.certain} - {None})


def counter_in(key: AnyValue) -> Unknown | None:
    """The loop's counter that a key holds as it is, so that each pass has a key of its own."""
    held = [hole.value for text in texts(key) for hole in text.holes if not hole.format] or [key]
    for value in held:
        if isinstance(value, Unknown) and value.why is Why.COUNTER and value.offset is not None:
            return value
    return None


def _times(model: Model, single: Single) -> int:
    """How many keys a statement in a loop writes: one in each pass of the one loop around it."""
    loops, counter = model.loops_of(single.event), counter_in(single.key)
    if len(loops) != 1 or loops[0].loop is None or single.event.block != loops[0].id or counter is None:
        return 1
    made = [event for event in model.each(ArtifactMade) if event.artifact in single.event.artifacts]
    inside = any(loops[0] in model.enclosing(event.block) for event in made)
    is_whole = not inside and loops[0].loop.counter == counter.name and loops[0].end is End.FALLS
    return (loops[0].loop.count or 1) if is_whole else 1


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            means = [0.5] * 128
            model = wandb.Artifact("head", type="model", metadata={f"w{i}": means[i] for i in range(128)})
                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.log_artifact(model)
        """,
        message="artifact metadata has 128 keys, and W&B takes 100 at most",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            means = [0.5] * 128
            weights = {f"w{i}": means[i] for i in range(128)}
            model = wandb.Artifact("head", type="model", metadata={"weights": weights})
            run.log_artifact(model)
        """
    ),
    Bad(
        """
        from wandb import Artifact, init

        def publish(run, means):
            mails = Artifact("mails", "dataset", metadata={"num_samples": 500})
            for column in range(300):
                mails.metadata[f"mean of {column}"] = means[column]
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.log_artifact(mails)
        """,
        message="artifact metadata has 300 keys, and W&B takes 100 at most",
    ),
    Good(
        """
        import wandb as wb

        def publish(run: wb.Run, means, names):
            mails = wb.Artifact("mails", "dataset", metadata={name: means[name] for name in names})
            for column in range(300):
                mails.metadata["last mean"] = means[column]
                mails.metadata[f"mean of {column // 10}"] = means[column]
            for column in range(300):
                part = wb.Artifact(f"mails-{column}", "dataset", metadata={"column": column})
                part.metadata[f"mean of {column}"] = means[column]
                run.log_artifact(part)
        """
    ),
)

PROOF = Proof(
    bad=Raises("ValueError", "must not have more than 100 metadata keys"),
    good=Shows("all are recorded", lambda ran: len(ran.run.artifacts[0]["metadata"]["weights"]) == 128),
)
