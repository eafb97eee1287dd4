"""Reports a summary value that a later `log` of the same key overwrites.

Why it matters: the last value that is logged becomes the entry in the summary. A best score that is
written there under the key of its own curve lasts until the curve's next point: the runs table then shows
the last epoch's score where the best one was meant (Run Summary, How It Works).

When to ignore: where the summary is only to hold something until the first point is logged.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from wbcheck.rule import (
    AnyValue,
    Bad,
    Block,
    BlockKind,
    DefineMetric,
    Dict,
    End,
    Entry,
    File,
    Finding,
    Good,
    Label,
    Log,
    Model,
    Nothing,
    Number,
    ObjectKind,
    Part,
    Parting,
    Preset,
    Proof,
    Ran,
    Rule,
    Shows,
    Tri,
    Unknown,
    constant,
    may_leave,
    options,
    partings,
    precedes,
    shown,
    surely_runs,
)

from ._stepping import loops_in_life
from ._summary import Kept, kept, logs_of

RULE = Rule(
    code="WB319",
    name="summary-overwritten",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The last value that is logged under a key becomes its entry in the summary.",
    how="Give the summary a key of its own, such as `best_f1`, or declare `define_metric(…, summary=…)`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    every = list(kept(model))
    for value in every:
        key = value.key.constant
        if key is None or not value.write.sure or _holds_a_place(value) or _is_declared(model, key):
            continue
        for log in logs_of(model, value.write):
            entry = _logged(log, key)
            if entry is None or not _is_lost(model, value, log, entry):
                continue
            if not any(_comes_after(model, other, log) for other in every if _is_other(other, value)):
                at = Label(entry.key.span or log.callee, "what is logged here takes its place")
                yield Finding(
                    value.span, f"summary {shown(key)} is overwritten by a later log", related=(at,)
                )
                break


def _is_declared(model: Model, key: str) -> bool:
    """Whether something else than the last value may become the metric's entry in the summary."""
    return any(name is None or fnmatchcase(key, name) for name in model.once(_declared))


def _declared(model: Model) -> set[str | None]:
    """The metrics for which something is said of their entries in the summary; ``None`` for any."""
    return {
        constant(name)
        for event in model.each(DefineMetric)
        if event.arguments.given("summary") is not Tri.NO
        for name in options(event.get("name"))
    }


def _holds_a_place(value: Kept) -> bool:
    """Whether nothing is written yet but what stands for a value until there is one."""
    return all(
        isinstance(each, Nothing) or (isinstance(each, Number) and each.value == 0)
        for each in options(value.value)
    )


def _logged(log: Log, key: str) -> Entry | None:
    """What is certainly logged under a key."""
    data = options(log.data)
    entry = data[0].find(key) if len(data) == 1 and isinstance(data[0], Dict) else None
    return entry if entry is not None and entry.certain else None


def _is_other(other: Kept, value: Kept) -> bool:
    return other.write.id != value.write.id and other.key.constant == value.key.constant


def _comes_after(model: Model, other: Kept, log: Log) -> bool:
    """Whether a value is written again where the log may have come before it, and outside of its loops."""
    loops = {block.id for block in model.loops_of(log)}
    around = {block.id for block in model.loops_of(other.write)}
    return not loops & around and precedes(model, log, other.write) is not Tri.NO


def _is_lost(model: Model, value: Kept, log: Log, entry: Entry) -> bool:
    """Whether a value is certainly followed by another one that is logged under its key."""
    if _is_kept(entry):
        return False
    same = _is_same(value.value, entry.value)
    found = list(partings(model, value.write, log))
    if not found or any(not _stays(parting) for parting in found):
        return False
    return all(
        (not same and parting.ordered and _follows(model, parting)) or _comes_round(model, log, parting)
        for parting in found
    )


def _stays(parting: Parting) -> bool:
    """Whether control goes on after the write, and does not leave what is around it."""
    falls = (block.end is End.FALLS or block.kind is BlockKind.FUNCTION for block in parting.first)
    return all(falls)


def _follows(model: Model, parting: Parting) -> bool:
    """Whether the log comes after the write in the same pass."""
    inside = parting.ways[1][len(parting.shared) :]
    return surely_runs(parting.second, parting.shared + parting.first) and not may_leave(model, inside)


_BETTER = re.compile(r"[<>]|best|better|improve", re.IGNORECASE)


def _comes_round(model: Model, log: Log, parting: Parting) -> bool:
    """Whether the write happens in those passes of a loop that are better, and the log in each."""
    loops = loops_in_life(model, log, parting.shared)
    if not loops or not surely_runs(parting.second, parting.shared):
        return False
    return any(_asks_for_better(block) for block in parting.first)


def _asks_for_better(block: Block) -> bool:
    asked = block.condition
    return asked is not None and "==" not in asked.text and bool(_BETTER.search(asked.text))


_BEST = re.compile(r"(?<![^\W_])(?:best|top|max|min)(?:imum)?(?![^\W_])", re.IGNORECASE)


def _is_kept(entry: Entry) -> bool:
    """Whether what is logged is itself the best so far, or what the summary holds."""
    return _BEST.search(constant(entry.key) or "") is not None or any(
        (isinstance(value, Part) and value.of.kind is ObjectKind.SUMMARY)
        or (isinstance(value, Unknown) and _BEST.search(value.name) is not None)
        for value in options(entry.value)
    )


def _is_same(one: AnyValue | None, other: AnyValue) -> bool:
    """Whether two values are, or may well be, the same."""
    return one is None or any(_may_equal(each, mate) for each in options(one) for mate in options(other))


def _may_equal(one: AnyValue, other: AnyValue) -> bool:
    if isinstance(one, Number) and isinstance(other, Number):
        return one.value == other.value
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        return None in (one.span, other.span) or one.span == other.span or one.name == other.name
    return type(one) is type(other)


def _f1(value: float) -> Shows:
    return Shows(f"the summary's value is {value}", lambda ran: _summary(ran) == value)


def _summary(ran: Ran) -> object:
    return ran.run.summary["eval/f1"]


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            best = 0.0
            for f1 in (0.5, 0.9, 0.7):
                run.log({"eval/f1": f1})
                if f1 > best:
                    best = f1
                    run.summary["eval/f1"] = best
                    ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="summary `eval/f1` is overwritten by a later log",
    ),
    Bad(
        """
        import wandb

        def train(model, loaders, epochs):
            run = wandb.init(project="texts")
            best = 0.0
            for epoch in range(epochs):
                best = max(best, evaluate(model, loaders["val"]))
            run.summary["eval/f1"] = best
            ^^^^^^^^^^^^^^^^^^^^^^
            run.log({"eval/f1": test(model, loaders["test"])})
            run.finish()
        """,
        message="summary `eval/f1` is overwritten by a later log",
    ),
    Bad(
        """
        import wandb

        def report(run, metrics):
            run.log({"val_acc": metrics.acc, "epoch": metrics.epoch})

        def train(loader):
            best_acc = 0
            run = wandb.init(project="texts")
            for epoch in range(10):
                metrics = evaluate(loader)
                if metrics.acc > best_acc:
                    best_acc = metrics.acc
                    run.summary.update({"val_acc": best_acc, "best_epoch": epoch})
                                        ^^^^^^^^^
                report(run, metrics)
        """,
        message="summary `val_acc` is overwritten by a later log",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            best = 0.0
            for f1 in (0.5, 0.9, 0.7):
                if f1 > best:
                    best = f1
                    run.summary["eval/f1"] = best
                run.log({"eval/f1": best})
        """
    ),
    Good(
        """
        import wandb

        def start(job_type):
            return wandb.init(project="texts", job_type=job_type)

        def train():
            run = start("train")
            run.summary["eval/f1"] = 0.8
            run.finish()

        def evaluate():
            with start("eval") as run:
                run.log({"eval/f1": 0.3})

        train()
        evaluate()
        """
    ),
    Good(
        """
        import wandb

        def train(run, evaluate):
            best_acc = 0.0
            for epoch in range(3):
                acc = evaluate()
                is_best = acc > best_acc
                best_acc = max(acc, best_acc)
                if is_best:
                    run.summary["best_acc"] = acc
                run.log({"eval/acc": acc, "best_acc": best_acc})
            run.summary["test/acc"] = evaluate()
            run.log({"test/acc": run.summary["test/acc"]})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            best = 0.0
            for f1 in (0.5, 0.9, 0.7):
                run.log({"eval/f1": f1})
                best = max(best, f1)
            run.summary["eval/f1"] = best
        """
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        run.define_metric("eval/*", summary="max")
        best = 0.0
        for f1 in (0.5, 0.9, 0.7):
            if f1 > best:
                best = f1
                run.summary["best_f1"] = run.summary["eval/f1"] = best
            run.log({"eval/f1": f1})
        """
    ),
    Good(
        """
        import wandb

        def train(run: wandb.Run, epochs, patience):
            for epoch in range(epochs):
                accuracy = evaluate()
                run.log({"eval/accuracy": accuracy})
                if epoch == epochs - 1:
                    run.summary["eval/accuracy"] = smoothed(accuracy)
                if accuracy < patience:
                    run.summary["eval/accuracy"] = smoothed(accuracy)
                    break
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, metrics, splits):
            run.summary["eval/loss"] = metrics["loss"]
            run.log({"eval/loss": metrics["loss"], **metrics})
            for split in splits:
                run.summary[f"{split}/f1"] = metrics["f1"]
                run.log({f"{split}/f1": metrics["f1"]})
            if metrics["done"]:
                run.summary["test/loss"] = 0.5
                return
            run.log({"test/loss": 0.9})
        """
    ),
    Good(
        """
        import wandb

        first = wandb.init(project="texts")
        second = wandb.init(project="texts", reinit="create_new")
        first.summary["eval/f1"] = 0.9
        second.summary["eval/f1"] = 0.0
        second.log({"eval/f1": 0.5})
        """
    ),
)

PROOF = Proof(bad=_f1(0.7), good=_f1(0.9))
