"""Reports a summary value that is written in every pass of a loop and logged nowhere.

Why it matters: the summary holds one value for a key, and each pass replaces the one before. Of a loss that
changes with every epoch only the last is left: there is no chart, and nobody can see how it got there. The
guide logs curves, and writes single numbers into the summary (When to Use Summary vs. Logged Metrics).

When to ignore: where the value only says how far the run has come.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Bad,
    Entry,
    File,
    Finding,
    Good,
    Options,
    Preset,
    Rule,
    Unknown,
    Why,
    doc,
    options,
    shown,
    words,
)

from ._axes import is_alone, logged, may_be
from ._logged import is_scalar
from ._summary import Kept, is_each_pass, kept

# What goes on with the run: of these the last value is the one that counts.
_RUNNING = tuple(
    """
    best count counter current done elapsed epoch epochs eta final finished highest last latest lowest max
    maximum min minimum n num number processed progress runtime seen skipped state status step steps sum
    time top total
    """.split()
)


class Running(Options, frozen=True):
    """What may be written again and again."""

    running: Annotated[
        tuple[str, ...], doc("Words of keys whose last value is the one that counts, as in `best_f1`.")
    ] = _RUNNING


RULE = Rule(
    code="WB320",
    name="curve-in-summary",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Each pass replaces the value of the one before, so that there is no curve to look at.",
    how="Log it, as in `run.log({…})`: its last value becomes its entry in the summary by itself.",
    options=Running,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for value in kept(model):
        key, start = value.key.constant, model.start_of(value.write.run)
        if not key or start is None or not _is_curve(value) or not is_each_pass(model, value.write):
            continue
        if any(word in file.options.running for word in words(key)) or not is_alone(file, start):
            continue
        rows = logged(model, start.run)
        if rows is not None and not any(may_be(entry, key) for entry in rows):
            yield Finding(value.span, f"summary {shown(key)} is written in every pass and never logged")


def _is_curve(value: Kept) -> bool:
    """Whether what is written is a number that changes from pass to pass."""
    found = options(value.value)
    changes = any(isinstance(each, Unknown) and each.why in _CHANGING for each in found)
    return changes and value.value is not None and is_scalar(Entry(value.key, value.value, value.span))


_CHANGING = (Why.CALL, Why.OPERATION, Why.BRANCH, Why.ATTRIBUTE)

EXAMPLES = (
    Bad(
        """
        import wandb

        def train(model, loader, epochs):
            with wandb.init(project="texts") as run:
                for epoch in range(epochs):
                    loss = train_one_epoch(model, loader)
                    run.summary["train/loss"] = loss
                    ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="summary `train/loss` is written in every pass and never logged",
    ),
    Bad(
        """
        import wandb

        def report(run, losses):
            run.summary.update({"loss": losses.mean(), "epochs_done": losses.epoch})
                                ^^^^^^

        run = wandb.init(project="texts")
        for epoch in range(10):
            report(run, evaluate(epoch))
        run.log({"test/f1": 0.9})
        """,
        message="summary `loss` is written in every pass and never logged",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        for epoch in range(10):
            run.summary["best_f1"] = run.summary["last_loss"] = evaluate(epoch)
            ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="summary `best_f1` is written in every pass and never logged",
        options={"running": ["last"]},
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        best = 0.0
        for epoch in range(10):
            f1 = evaluate(epoch)
            run.log({"eval/f1": f1})
            best = max(best, f1)
            run.summary["best_f1"] = best
            run.summary["eval/f1"] = f1
        run.summary["test/f1"] = test()
        """
    ),
    Good(
        """
        import wandb

        def train(stats, loader, better):
            run = wandb.init(project="texts")
            for key, value in stats.items():
                run.summary[key] = value
            for batch in loader:
                loss = step(batch)
                if loss < better:
                    run.summary["loss"] = loss
            for split in ("train", "test"):
                run.summary[f"{split}/length"] = measure(split)
        """
    ),
    Good(
        """
        import wandb
        from metrics import collect

        for seed in range(3):
            with wandb.init(project="texts") as run:
                run.summary["eval/f1"] = evaluate(seed)

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.summary["train/loss"] = step(epoch)
                run.log(collect())
        """
    ),
    Good(
        """
        import wandb
        from training import log_losses

        run = wandb.init(project="texts")
        for epoch in range(3):
            run.summary["train/loss"] = step(epoch)
            log_losses(run)
        """
    ),
)
