"""Reports a `step_metric` that nothing logs.

Why it matters: `define_metric` does not ask whether its `step_metric` is ever logged. Where it is not, W&B
fills in 0 for every row: all points of the curves lie above each other at x = 0. A slip in the name is
enough (Quick Reference).

When to ignore: where another program logs it to the same run.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    Bad,
    DefineMetric,
    Entry,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Ran,
    Rule,
    Shows,
    Span,
    constant,
    shown,
    texts,
)

from ._axes import governs, is_alone, logged, may_be
from ._logged import keys

RULE = Rule(
    code="WB317",
    name="step-metric-never-logged",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A step metric that is never logged counts as 0, so that all points of the curve lie at x = 0.",
    how="Log it beside the metrics, or name as `step_metric=` what is logged beside them.",
)


def check(file: File) -> Iterator[Finding]:
    seen: set[Span | None] = set()
    for event in file.model.each(DefineMetric):
        for axis in texts(event.get("step_metric")):
            name = axis.constant
            # W&B itself logs `_step`, `_runtime` and `_timestamp`.
            if not name or name.startswith("_") or axis.span in seen:
                continue
            entries = lacking(file, event, name)
            if entries:
                seen.add(axis.span)
                place = axis.span or event.callee
                yield Finding(place, told(name, meant(entries, name)))


def lacking(file: File, event: DefineMetric, name: str) -> tuple[Entry, ...]:
    """All that is logged to a run, if none of it is its step metric and some is what that is for."""
    start = file.model.start_of(event.run)
    if start is None or not is_alone(file, start):
        return ()
    entries = logged(file.model, start.run) or ()
    pattern = constant(event.get("name"))
    is_used = pattern is not None and any(governs(pattern, key) for entry in entries for key in keys(entry))
    return () if not is_used or any(may_be(entry, name) for entry in entries) else entries


def told(name: str, other: str) -> str:
    """What is said of a step metric, with the one that may be meant."""
    if not other:
        return f"nothing logs the step metric {shown(name, 22)}"
    return f"step metric {shown(name, 19)} is never logged, but {shown(other, 19)} is"


def meant(entries: tuple[Entry, ...], name: str) -> str:
    """Which metric may be meant; empty where none is near."""
    known = sorted({key.constant for entry in entries for key in keys(entry) if key.constant})
    leaf = name.rpartition("/")[2]
    same = [other for other in known if other.rpartition("/")[2] == leaf]
    close = same or get_close_matches(name, known, 1, 0.7)
    return close[0] if close else ""


def _epochs(values: list[int]) -> Shows:
    def that(ran: Ran) -> bool:
        return [row["epochs"] for row in ran.run.history if "train/loss" in row] == values

    return Shows(f"the steps of the record are {values}", that)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("train/*", step_metric="epochs")
                                                     ^^^^^^^^
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch})
        """,
        message="step metric `epochs` is never logged, but `epoch` is",
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        wandb.define_metric("val_step")
        wandb.define_metric("val/*", step_metric="val_step")
                                                 ^^^^^^^^^^
        wandb.define_metric("train/*", step_metric="words")
                                                   ^^^^^^^
        for step in range(3):
            wandb.log({"val/loss": 0.1, "val/val_step": step})
            wandb.log({f"train/loss_{step}": 0.1})
        """,
        message=(
            "step metric `val_step` is never logged, but `val/val_step` is",
            "nothing logs the step metric `words`",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("train/*", step_metric="epochs")
            run.define_metric("val/*", step_metric="_step")
            run.define_metric("test/*", step_metric="test/step")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epochs": epoch, "val/loss": 0.2})
        """
    ),
    Good(
        """
        import wandb

        def train(epochs, evaluate):
            run = wandb.init(project="texts")
            run.define_metric("train/*", step_metric="epoch")
            for epoch in range(epochs):
                metrics = {"train/loss": 0.1}
                metrics.update(evaluate())
                run.log(metrics)

        def evaluate(model):
            run = wandb.init(project="texts")
            for split in ("val", "test"):
                run.define_metric(f"{split}/*", step_metric=f"{split}/step")
                run.define_metric("loss", step_metric="val/step")
                for step in range(3):
                    run.log({f"{split}/loss": 0.1, "loss": 0.1, f"{split}/step": step})
        """
    ),
    Good(
        """
        import wandb
        from training import fit

        def train(run: wandb.Run):
            run.define_metric("train/*", step_metric="epoch")
            run.log({"train/loss": 0.1})

        with wandb.init(project="texts") as run:
            run.define_metric("eval/*", step_metric="epoch")
            fit(run)
            run.log({"eval/loss": 0.1})
        """
    ),
    Good(
        """
        import wandb
        from training import fit

        with wandb.init(project="texts") as run:
            run.define_metric("*", step_metric="epoch")
            fit()
            run.log({"eval/loss": 0.1})
        """,
        beside={
            "training.py": "import wandb\n\ndef fit():\n    wandb.log({'train/loss': 0.1, 'epoch': 0})\n"
        },
    ),
)

PROOF = Proof(bad=_epochs([0, 0, 0]), good=_epochs([0, 1, 2]))
