"""Reports a `step=` that starts again.

Why it matters: a run's steps only go up. When a loop's own counter begins anew with each epoch, everything
from the second epoch on lies below the step that was reached, and is dropped; what lies at the same step is
overwritten. The warning goes by between the lines of a training.

When to ignore: never; count over all epochs, or log the counter as a value.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    Block,
    File,
    Finding,
    Good,
    Label,
    Log,
    Model,
    Parting,
    Preset,
    Proof,
    Ran,
    Rule,
    Shows,
    Span,
    may_leave,
    partings,
    paths,
    surely_runs,
)

from ._stepping import counter_of, first_of, loop_of, loops_in_life, repeats, same_run

RULE = Rule(
    code="WB308",
    name="step-not-monotonic",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A step below the one that was reached is dropped, an equal one overwrites what was logged there.",
    how="Count over all passes, or log the counter as a value and declare it with `run.define_metric`.",
)


def check(file: File) -> Iterator[Finding]:
    counted = [log for log in file.model.each(Log) if counter_of(log) is not None]
    for log in counted:
        step = log.arguments.find("step")
        if step is None:
            continue
        counter = counter_of(log)
        name = counter.name if counter else ""
        # What has to change is the value.
        place = Span(step.keyword.end + 1, step.span.end) if step.keyword else step.span
        if starts_again(file.model, log):
            yield Finding(place, f"step `{name[:24]}` starts again with each pass of the loop around it")
            continue
        first = next((other for other in counted if comes_after(file.model, log, other)), None)
        if first is not None:
            label = Label(first.callee, "these steps are higher by then")
            yield Finding(
                place, f"step `{name[:24]}` starts again below steps logged before", related=(label,)
            )


def starts_again(model: Model, log: Log) -> bool:
    """Whether the counter of a call starts again, always with the same number, while its run goes on."""
    for way in paths(model, log):
        blocks = tuple(model.blocks[place.block] for place in way)
        fresh = _fresh_loop(log, blocks)
        around = loops_in_life(model, log, blocks[: blocks.index(fresh[0])]) if fresh else []
        first = blocks.index(around[-1]) if around else 0
        if around and surely_runs(blocks[first:]) and not may_leave(model, way[first:]):
            return True
    return False


def comes_after(model: Model, log: Log, other: Log) -> bool:
    """Whether a call counts from the start again, after a loop with another call did so too."""
    return same_run(model, log, other) and any(
        _comes_after(log, other, parting)
        for parting in partings(model, other, log)
        if parting.ordered
        and surely_runs(parting.first)
        and not may_leave(model, parting.ways[0][len(parting.shared) :])
    )


def _comes_after(log: Log, other: Log, parting: Parting) -> bool:
    before, own = _fresh_loop(other, parting.first), _fresh_loop(log, parting.second)
    if own is None or before is None or not repeats(before[0]):
        return False
    return own[1] <= before[1]


def _fresh_loop(log: Log, blocks: tuple[Block, ...]) -> tuple[Block, int] | None:
    """The one of these blocks that counts for a call, and its first step, where that is known."""
    counter = counter_of(log)
    index = None if counter is None else loop_of(blocks, counter)
    first = None if counter is None or index is None else first_of(blocks[index], counter)
    return None if index is None or first is None else (blocks[index], first)


def _rows(count: int) -> Shows:
    def that(ran: Ran) -> bool:
        return len([row for row in ran.run.history if "train/loss" in row]) == count

    return Shows(f"the record has {count} rows", that)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                for number, loss in enumerate((0.3, 0.2)):
                    run.log({"train/loss": loss}, step=number)
                                                       ^^^^^^
        """,
        message="step `number` starts again with each pass of the loop around it",
    ),
    Bad(
        """
        import wandb

        def epoch_of(run, loader):
            for i, loss in enumerate(loader):
                run.log({"train/loss": loss}, step=i + 1)
                                                   ^^^^^

        def train(loader, epochs):
            run = wandb.init(project="texts")
            for epoch in range(epochs):
                epoch_of(run, loader)
        """,
        message="step `i` starts again with each pass of the loop around it",
    ),
    Bad(
        """
        import wandb

        def train(loader, tests):
            run = wandb.init(project="texts")
            for i, loss in enumerate(loader):
                run.log({"train/loss": loss}, step=i)
            for i, loss in enumerate(tests):
                run.log({"test/loss": loss}, step=i)
                                                  ^
        """,
        message="step `i` starts again below steps logged before",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            losses = (0.3, 0.2)
            for epoch in range(3):
                for number, loss in enumerate(losses):
                    run.log({"train/loss": loss}, step=epoch * len(losses) + number)
        """
    ),
    Good(
        """
        import wandb

        for seed in range(3):
            with wandb.init(project="texts") as run:
                for number, loss in enumerate((0.3, 0.2)):
                    run.log({"train/loss": loss}, step=number)
        """
    ),
    Good(
        """
        import wandb

        def train(loader, first):
            run = wandb.init(project="texts")
            step = 0
            for epoch in range(3):
                for loss in loader:
                    run.log({"train/loss": loss}, step=step)
                    step += 1
                for number in range(first, first + 3):
                    run.log({"eval/loss": 0.1}, step=number)
                    first += 3
        """
    ),
    Good(
        """
        import wandb

        def batches(run, loader, epoch):
            for i, loss in enumerate(loader):
                run.log({f"train/loss_{i}": loss}, step=epoch)

        run = wandb.init(project="texts")
        for i in range(3):
            batches(run, (0.3, 0.2), i)
        """
    ),
    Good(
        """
        import wandb

        def train(loader, epochs):
            run = wandb.init(project="texts")
            for epoch in range(epochs):
                if epoch == 0:
                    for number, loss in enumerate(loader):
                        run.log({"train/loss": loss}, step=number)
            return run
        """
    ),
)

PROOF = Proof(bad=_rows(2), good=_rows(6))
