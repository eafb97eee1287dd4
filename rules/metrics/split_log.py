"""Reports several log calls on one run in one pass of a loop.

Why it matters: each `log` moves the run's step on by one. Two calls in a pass give two rows for what is one
moment of the training: the x-axis runs twice as fast, and no row holds both values, so that they cannot be
plotted against each other (Logging Best Practices).

When to ignore: where the two belong to different x-axes that `define_metric` declares.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from wbcheck.rule import (
    Applicability,
    Bad,
    DefineMetric,
    Dict,
    Edit,
    Edits,
    File,
    Finding,
    Fix,
    Good,
    Label,
    Log,
    Model,
    Preset,
    Rule,
    Span,
    constant,
    options,
    paths,
    remove_statement,
    same_pass,
    source_of,
    texts,
    together,
)

from ._stepping import is_automatic, same_run

RULE = Rule(
    code="WB306",
    name="split-log",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Each call moves the step on by one, so that what belongs together lies in different rows.",
    how="Log one dict, or give `commit=False` to all but the last call.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    logs = [log for log in model.each(Log) if is_automatic(log) and is_in_loop(model, log)]
    told: set[int] = set()
    for index, second in enumerate(logs):
        earlier = (first for first in logs[:index] if same_pass(model, first, second))
        together = (log for log in earlier if same_run(model, log, second))
        first = next((log for log in together if not have_own_axes(model, log, second)), None)
        if first is None:
            continue
        # A third call in the pass says nothing new.
        if first.id not in told:
            yield Finding(
                second.callee,
                f"`{second.callee_text[:30]}` is called again in the same pass of a loop",
                fix=_fix(file, logs[:index], second),
                related=(Label(first.callee, "the first call"),),
            )
        told.update((first.id, second.id))


def is_in_loop(model: Model, log: Log) -> bool:
    """Whether a call lies in a loop within the life of its run."""
    loops = model.loops_of(log)
    start = model.start_of(log.run)
    if not loops or start is None:
        return bool(loops)
    return all(place.block != loops[0].id for way in paths(model, start) for place in way)


def have_own_axes(model: Model, first: Log, second: Log) -> bool:
    """Whether two calls log metrics of different x-axes that `define_metric` declares."""
    axes = [axes_of(model, log) for log in (first, second)]
    return bool(axes[0]) and bool(axes[1]) and not axes[0] & axes[1]


def axes_of(model: Model, log: Log) -> set[str]:
    """The x-axes that are declared for what a call logs, or are logged by it."""
    entries = (entry for data in options(log.data) if isinstance(data, Dict) for entry in data.entries)
    logged = {key.skeleton for entry in entries for key in texts(entry.key)}
    found: set[str] = set()
    for event in model.each(DefineMetric):
        pattern, axis = constant(event.get("name")), constant(event.get("step_metric"))
        if axis and (axis in logged or (pattern and any(fnmatchcase(key, pattern) for key in logged))):
            found.add(axis)
    return found


def _fix(file: File, earlier: list[Log], second: Log) -> Callable[[], Fix | None] | None:
    """A fix that merges a call into the one right before it, where both are given but a literal dict."""
    beside = [log for log in earlier if log.block == second.block and log.span.end <= second.span.start]
    first = max(beside, key=lambda log: log.span.start, default=None)
    if first is None or first.callee_text != second.callee_text:
        return None
    given, more = literal_of(first), literal_of(second)
    statements = file.model.statement_at(first.span), file.model.statement_at(second.span)
    if given is None or more is None or statements != (first.span, second.span):
        return None
    known = {constant(entry.key) for entry in given.entries}
    if None in known or not known.isdisjoint({constant(entry.key) for entry in more.entries}):
        return None
    return file.fix("Merge it into the call before", merge, given, more, first.span, second.span)


def literal_of(log: Log) -> Dict | None:
    """The dict that is all that a call is given, if it is written out in the call, and nowhere else."""
    data = log.data
    if not isinstance(data, Dict) or data.open or not data.entries or len(log.arguments.items) != 1:
        return None
    spans = [data.span, *(entry.span for entry in data.entries)]
    return data if all(span is not None and log.span.contains(span) for span in spans) else None


def merge(text: str, given: Dict, more: Dict, first: Span, second: Span) -> Edits | None:
    """Put the entries of one dict behind those of another, and take its statement away."""
    spans = [entry.span for entry in given.entries if entry.span is not None]
    if given.span is None or text[first.end : second.start].strip():
        return None
    end = max(span.end for span in spans)
    tail = re.fullmatch(r"(,?)(\s*)\}", text[end : given.span.end])
    if tail is None or "#" in source_of(text, second):
        return None
    line = text[text.rfind("\n", 0, spans[-1].start) + 1 : spans[-1].start]
    joint = f",\n{line}" if "\n" in tail.group(2) and not line.strip() else ", "
    added = "".join(joint + source_of(text, entry.span) for entry in more.entries if entry.span is not None)
    inside = Span(end, given.span.end - 1)
    return together((Edit(inside, added + tail.group(1) + tail.group(2)),), remove_statement(text, second))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1})
                print(f"epoch {epoch}")
                run.log({"eval/loss": 0.2, "epoch": epoch})
                ^^^^^^^
                if epoch == 2:
                    run.log({"eval/f1": 0.9})
        """,
        message="`run.log` is called again in the same pass of a loop",
    ),
    Bad(
        """
        import wandb

        def train(loader):
            for step, loss in enumerate(loader):
                wandb.log({"train/loss": loss})
                if step % 100 == 0:
                    wandb.log({"eval/loss": 0.2})
                    ^^^^^^^^^
        """,
        message="`wandb.log` is called again in the same pass of a loop",
    ),
    Bad(
        """
        import wandb

        def train(loader):
            for loss, rate in loader:
                wandb.log(
                    {
                        "train/loss": loss,
                    }
                )
                wandb.log({"train/lr": rate, "train/norm": 0.1})
                ^^^^^^^^^
            for loss, rate in loader:
                wandb.log({"eval/loss": loss})
                wandb.log({"eval/lr": rate})
                ^^^^^^^^^
        """,
        message="`wandb.log` is called again in the same pass of a loop",
        fixed="""
        import wandb

        def train(loader):
            for loss, rate in loader:
                wandb.log(
                    {
                        "train/loss": loss,
                        "train/lr": rate,
                        "train/norm": 0.1,
                    }
                )
            for loss, rate in loader:
                wandb.log({"eval/loss": loss, "eval/lr": rate})
        """,
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1}, commit=False)
                run.log({"eval/loss": 0.2, "epoch": epoch})
            for epoch in range(3):
                run.log({"train/loss": 0.1}, step=epoch)
                run.log({"eval/loss": 0.2}, step=epoch)
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                for loss in (0.1, 0.2):
                    run.log({"train/loss": loss})
                run.log({"eval/loss": 0.2, "epoch": epoch})
            run.log({"test/loss": 0.3})
        """
    ),
    Good(
        """
        import wandb

        def train(phases, warm):
            run = wandb.init(project="texts")
            for phase in phases:
                if phase == "train":
                    run.log({"train/loss": 0.1})
                if phase == "eval":
                    run.log({"eval/loss": 0.1})
            for phase in phases:
                if warm:
                    run.log({"test/f1": 0.1})
                if not warm and phase == "test":
                    run.log({"test/loss": 0.1})
            for phase in phases:
                if phase == "train":
                    run.log({"train/loss": 0.1})
                    continue
                run.log({"test/f1": 0.1})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("train/*", step_metric="train/batch")
            run.define_metric("eval/*", step_metric="epoch")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "train/batch": 10 * epoch})
                run.log({"eval/f1": 0.9, "epoch": epoch})
        """
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("*", step_metric="epoch")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch})
                run.log({"eval/f1": 0.9, "epoch": epoch})
                ^^^^^^^
        """,
        message="`run.log` is called again in the same pass of a loop",
    ),
    Good(
        """
        import wandb

        for seed in range(3):
            with wandb.init(project="texts") as run:
                run.log({"eval/loss": 0.1})
                run.log({"eval/f1": 0.1})
        """
    ),
)
