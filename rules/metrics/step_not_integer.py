"""Reports a `step=` that is no integer.

Why it matters: `run.log` takes an integer as its step. A float, even `1.0`, a string or a flag raises
TypeError, at the first log of a training: what a division, `float()` or `time.time()` gives is a float,
too.

When to ignore: never; log the value beside the metrics, and declare it with `run.define_metric`.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Argument,
    Bad,
    File,
    Finding,
    Flag,
    Good,
    Items,
    Kind,
    Log,
    Number,
    Preset,
    Proof,
    Raises,
    Rule,
    Runs,
    Span,
    Text,
    Unknown,
    options,
    shown,
)

from .log_bad_call import faults

RULE = Rule(
    code="WB309",
    name="step-not-integer",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="`log` takes an integer as its step, and raises TypeError for anything else.",
    how="Log the value beside the metrics and name it as `step_metric=` in `run.define_metric`.",
)

_KINDS = {
    Kind.TEXT: "a string",
    Kind.FLAG: "a flag",
    Kind.SEQUENCE: "a list",
    Kind.MOMENT: "a time",
}


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for log in file.model.each(Log):
        step = log.arguments.find("step")
        values = () if step is None else options(step.value)
        wrong = [(value, what) for value in values if (what := no_integer(value))]
        # A step that may be either is judged only where neither would do.
        if step is None or not wrong or len(wrong) < len(values) or any(faults(log)):
            continue
        place = place_of(wrong[0][0], step)
        if place not in seen:
            seen.add(place)
            yield Finding(place, f"`step=` takes an integer, and is given {wrong[0][1]}")


def no_integer(value: AnyValue) -> str:
    """What a value is that is certainly no integer; empty for what may be one."""
    if isinstance(value, Text):
        return f"the string {shown(value, 30)}"
    if isinstance(value, Number):
        return f"the float {shown(repr(value.value), 20)}" if isinstance(value.value, float) else ""
    if isinstance(value, Flag):
        return f"the flag `{value.value}`"
    if isinstance(value, Items):
        return "a view of a dict" if value.kind in ("keys", "values", "items") else f"a {value.kind}"
    if isinstance(value, Unknown):
        return "a float" if value.fraction else _KINDS.get(value.kind, "")
    return ""


def place_of(value: AnyValue, step: Argument) -> Span:
    """Where the text stands that has to change: a literal itself, else what is given to the call."""
    if isinstance(value, Text | Number | Flag) and value.span is not None:
        return value.span
    return Span(step.keyword.end + 1, step.span.end) if step.keyword and not step.spread else step.span


EXAMPLES = (
    Bad(
        """
        import wandb

        batches = (0.3, 0.2)
        with wandb.init(project="texts") as run:
            for epoch in range(3):
                for number, loss in enumerate(batches):
                    run.log({"train/loss": loss}, step=epoch + number / len(batches))
                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`step=` takes an integer, and is given a float",
    ),
    Bad(
        """
        import time

        import wandb

        def report(loss, epoch):
            wandb.log({"train/loss": loss}, step="epoch")
                                                 ^^^^^^^
            wandb.log({"train/loss": loss}, step=f"epoch {epoch}")
                                                 ^^^^^^^^^^^^^^^^
            wandb.log({"train/loss": loss}, step=time.time())
                                                 ^^^^^^^^^^^
            wandb.log({"train/loss": loss}, 1e3)
                                            ^^^
            wandb.log({"train/loss": loss}, True)
                                            ^^^^
        """,
        message=(
            "`step=` takes an integer, and is given the string `epoch`",
            "`step=` takes an integer, and is given the string `epoch {}`",
            "`step=` takes an integer, and is given a float",
            "`step=` takes an integer, and is given the float `1000.0`",
            "`step=` takes an integer, and is given the flag `True`",
        ),
    ),
    Good(
        """
        import wandb

        batches = (0.3, 0.2)
        with wandb.init(project="texts") as run:
            run.define_metric("train/*", step_metric="train/epoch")
            for epoch in range(3):
                for number, loss in enumerate(batches):
                    run.log({"train/loss": loss, "train/epoch": epoch + number / len(batches)})
        """
    ),
    Good(
        """
        import time

        import wandb

        def report(run: wandb.Run, loss, step, started, exact):
            run.log({"train/loss": loss}, step=step)
            run.log({"train/loss": loss}, step=int(time.time() - started))
            run.log({"train/loss": loss}, step=step // 2 + 1)
            run.log({"train/loss": loss}, step=round(step / 2))
            run.log({"train/loss": loss}, step=None)
            run.log({"train/loss": loss}, step=step if exact else 1.0)
        """
    ),
    Good(
        """
        import wandb
        from tracking import board

        def report(loss, epoch):
            board.log({"train/loss": loss}, step="epoch")
            wandb.log("loss", 0.1)
            wandb.log({"train/loss": loss, "step": "epoch"})
        """
    ),
)

PROOF = (
    Proof(bad=Raises("TypeError", saying="cannot be interpreted as an integer"), good=Runs()),
    Proof(
        bad=Raises("TypeError", saying="cannot be interpreted as an integer"),
        bad_script="import wandb\nwandb.init().log({'train/loss': 0.1}, step='epoch')",
    ),
    Proof(
        bad=Raises("TypeError", saying="got a boolean"),
        bad_script="import wandb\nwandb.init().log({'train/loss': 0.1}, step=True)",
    ),
)
