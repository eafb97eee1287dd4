"""Reports an epoch or step that is logged beside metrics and not declared as their x-axis.

Why it matters: W&B draws every curve over its own counter of log calls. An `epoch` that is logged beside the
metrics is one more curve until `define_metric` names it as their `step_metric`; then charts begin with
it on the x-axis, and runs that log at other intervals can be compared (Quick Reference).

When to ignore: where the counter is logged for information, and log calls are what should count.
"""

from collections.abc import Callable, Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    DefineMetric,
    Edits,
    Entry,
    File,
    Finding,
    Fix,
    Good,
    Log,
    Model,
    Options,
    Preset,
    Rule,
    RunStart,
    Span,
    Tri,
    constant,
    doc,
    insert_before,
    keep,
    paths,
    quote,
    shown,
    together,
)

from ._axes import is_alone
from ._logged import Row, is_scalar, place_of, rows
from ._stepping import loops_in_life


class Axes(Options, frozen=True):
    """What is taken for an x-axis."""

    axes: Annotated[
        tuple[str, ...],
        doc("Names of x-axes, compared with what stands behind the last slash of a metric's name."),
    ] = (
        "epoch",
        "epochs",
        "current_epoch",
        "step",
        "global_step",
        "train_step",
        "training_step",
        "env_step",
        "env_steps",
        "iteration",
        "iter",
        "timesteps",
        "total_timesteps",
        "num_timesteps",
    )


RULE = Rule(
    code="WB318",
    name="x-axis-undeclared",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Without `define_metric` curves are drawn over the number of log calls, and this is one more curve.",
    how='Declare it once, as in `run.define_metric("train/*", step_metric="epoch")`.',
    fix=Applicability.UNSAFE,
    changes=("metrics",),
    options=Axes,
)


def check(file: File) -> Iterator[Finding]:
    told: set[int] = set()
    for row in rows(file.model):
        axis, start = axis_of(file, row), file.model.start_of(row.log.run)
        if axis is None or start is None or start.run in told or not is_curve(file.model, row.log):
            continue
        told.add(start.run)
        if not defines_any(file.model) and is_alone(file, start):
            name = constant(axis.key) or ""
            yield Finding(
                place_of(axis, row),
                f"{shown(name, 24)} is logged beside metrics and not declared as their x-axis",
                fix=_fix(file, start, row, name),
            )


def defines_any(model: Model) -> bool:
    """Whether some metric of the file has an x-axis declared: then somebody has thought of it."""
    return any(event.arguments.given("step_metric") is not Tri.NO for event in model.each(DefineMetric))


def axis_of(file: File, row: Row) -> Entry | None:
    """The x-axis that a row has beside metrics, if it has both, and no `step=` says where they lie."""
    if row.log.arguments.given("step") is not Tri.NO:
        return None
    scalars = [entry for entry in row.data.entries if is_scalar(entry)]
    axes = [entry for entry in scalars if is_axis(constant(entry.key), file.options.axes)]
    return axes[0] if axes and len(axes) < len(scalars) else None


def is_axis(name: str | None, axes: tuple[str, ...]) -> bool:
    """Whether a metric is called like an x-axis."""
    return name is not None and name.rpartition("/")[2].lower().replace("-", "_") in axes


def is_curve(model: Model, log: Log) -> bool:
    """Whether a call logs again and again to one run: in a loop within its life."""
    return any(
        loops_in_life(model, log, tuple(model.blocks[place.block] for place in way))
        for way in paths(model, log)
    )


def _fix(file: File, start: RunStart, row: Row, name: str) -> Callable[[], Fix | None] | None:
    loops = [block for block in file.model.loops_of(row.log) if not block.span.contains(start.span)]
    handle = row.log.callee_text.removesuffix(".log")
    if not loops or not handle or handle == row.log.callee_text:
        return None
    header = file.model.statement_at(Span(loops[-1].span.start, loops[-1].span.start))
    groups = dict.fromkeys(groups_beside(file.model, start.run, name))
    if header is None or not groups or None in groups or may_lack_run(file.model, row.log, start):
        return None
    named = [group for group in groups if group is not None]
    keys = [entry.key.span for other in rows(file.model) for entry in other.data.entries if entry.key.span]
    return file.fix(f"Declare `{name}`", declare, header, f"{handle}.define_metric", name, named, keys)


def may_lack_run(model: Model, log: Log, start: RunStart) -> bool:
    """Whether a call asks first whether there is a run: before its loop nobody has."""
    around = {block.id for block in model.enclosing(start.block)}
    inside = [block for block in model.enclosing(log.block) if block.id not in around and block.condition]
    return any(block.condition is not None and "%" not in block.condition.text for block in inside)


def declare(
    text: str, header: Span, function: str, axis: str, groups: list[str], keys: list[Span]
) -> Edits | None:
    """Define metrics, and the axis that they have, before a statement, as they are called now."""
    quoted = [quote(text, word) for word in (axis, *groups)]
    lines = [f"{function}({quoted[0]})"]
    lines += [f"{function}({word}, step_metric={quoted[0]})" for word in quoted[1:]]
    if not all(quoted):
        return None
    return together(insert_before(text, header, "\n".join(lines)), *(keep(text, key) for key in keys))


def groups_beside(model: Model, run: int, axis: str) -> Iterator[str | None]:
    """What to define for the metrics that are logged beside an axis: a glob for each namespace, or a name."""
    for row in rows(model):
        if row.log.run != run or row.data.find(axis) is None:
            continue
        for entry in row.data.entries:
            name = constant(entry.key)
            if name is None:
                yield None
            elif name != axis and is_scalar(entry):
                namespace = name.partition("/")[0]
                yield f"{namespace}/*" if "/" in name else name


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1, "train/acc": 0.9, "eval/f1": 0.8, "epoch": epoch})
                                                                              ^^^^^^^
        """,
        message="`epoch` is logged beside metrics and not declared as their x-axis",
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("epoch")
            run.define_metric("train/*", step_metric="epoch")
            run.define_metric("eval/*", step_metric="epoch")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "train/acc": 0.9, "eval/f1": 0.8, "epoch": epoch})
        """,
    ),
    Bad(
        """
        import wandb

        def report(run, loss, step):
            run.log({"loss": loss, "train/global_step": step})
                                   ^^^^^^^^^^^^^^^^^^^

        def train(loader):
            run = wandb.init(project="texts")
            run.define_metric("loss", summary="min")
            for step, loss in enumerate(loader):
                report(run, loss, step)
        """,
        message="`train/global_step` is logged beside metrics and not declared as their x-axis",
    ),
    Bad(
        """
        import wandb

        def train(loader, is_main):
            run = wandb.init(project="texts") if is_main else None
            for step, loss in enumerate(loader):
                if run is not None:
                    run.log({"train/loss": loss, "step": step})
                                                 ^^^^^^
        """,
        message="`step` is logged beside metrics and not declared as their x-axis",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for words in range(3):
                run.log({"train/loss": 0.1, "words": words})
                                            ^^^^^^^
                run.log({"eval/loss": 0.1, "epoch": 1})
        """,
        message="`words` is logged beside metrics and not declared as their x-axis",
        options={"axes": ["words"]},
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("words")
            run.define_metric("train/*", step_metric="words")
            for words in range(3):
                run.log({"train/loss": 0.1, "words": words})
                run.log({"eval/loss": 0.1, "epoch": 1})
        """,
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("epoch")
            run.define_metric("*", step_metric="epoch")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch}, step=epoch)
                run.log({"epoch": epoch})
            run.log({"test/f1": 0.9, "epoch": 3})
        """
    ),
    Good(
        """
        import wandb
        from transformers import Trainer, TrainingArguments

        def train(model, data):
            with wandb.init(project="texts") as run:
                Trainer(model, TrainingArguments(report_to=["wandb"]), train_dataset=data).train()
                for epoch in range(3):
                    run.log({"eval/f1": 0.9, "epoch": epoch})
        """
    ),
    Good(
        """
        import wandb
        from tracking import define_axes

        def report(loss, epoch):
            wandb.log({"train/loss": loss, "epoch": epoch})

        with wandb.init(project="texts") as run:
            define_axes(run)
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch})
        """
    ),
)
