"""Reports an explicit `step=` that automatic steps of the same run have passed.

Why it matters: a run has one counter. Every `log` without `step=` moves it on by one, and a `log` whose
`step=` lies below it is dropped, with a warning that nobody reads between the lines of a training. With a
log per batch and `step=epoch` once an epoch, every value of the epochs is lost.

When to ignore: never; log the epoch as a value, and declare it with `run.define_metric`.
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
    may_leave,
    partings,
    surely_runs,
)

from ._stepping import (
    Counter,
    counter_of,
    first_of,
    is_automatic,
    literal_of,
    loop_of,
    loops_in_life,
    repeats,
    same_run,
)

RULE = Rule(
    code="WB307",
    name="mixed-step",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Steps below the run's counter are dropped, and each log without `step=` moves that counter on.",
    how="Log the counter as a value beside the metrics and declare it with `run.define_metric`.",
)


def check(file: File) -> Iterator[Finding]:
    logs = list(file.model.each(Log))
    automatic = [log for log in logs if is_automatic(log)]
    for explicit in logs:
        if counter_of(explicit) is None and literal_of(explicit) is None:
            continue
        first = next((log for log in automatic if outruns(file.model, log, explicit)), None)
        step = explicit.arguments.find("step")
        if first is not None and step is not None:
            yield Finding(
                explicit.callee,
                "this step is dropped: logs without `step=` have moved the run past it",
                related=(Label(first.callee, "this moves the step on by itself"),),
            )


def outruns(model: Model, automatic: Log, explicit: Log) -> bool:
    """Whether automatic steps have certainly passed some of the explicit ones."""
    return same_run(model, automatic, explicit) and any(
        _outruns(model, explicit, parting)
        for parting in partings(model, automatic, explicit)
        if surely_runs(parting.first, parting.second)
        and not may_leave(model, parting.ways[0][len(parting.shared) :])
    )


def _outruns(model: Model, explicit: Log, parting: Parting) -> bool:
    counter, literal = counter_of(explicit), literal_of(explicit)
    if counter is None:
        return parting.ordered and literal is not None and literal < _times(parting.first)
    own, shared = loop_of(parting.second, counter), loop_of(parting.shared, counter)
    if own is not None:
        return parting.ordered and _outruns_first(model, counter, parting, own)
    return shared is not None and _outruns_each(model, explicit, counter, parting, shared)


def _times(blocks: tuple[Block, ...]) -> int:
    """How often at the least a log in these blocks runs while control goes through them once."""
    comes_round = any(block.condition and "%" in block.condition.text for block in blocks)
    return 2 if any(map(repeats, blocks)) and not comes_round else 1


def _outruns_first(model: Model, counter: Counter, parting: Parting, loop: int) -> bool:
    """The automatic steps lie before the loop that counts: they pass its first numbers."""
    start = first_of(parting.second[loop], counter)
    inside = parting.ways[1][len(parting.shared) + loop :]
    if start is None or not surely_runs(parting.second[loop + 1 :]) or may_leave(model, inside):
        return False
    return start < _times(parting.first)


def _outruns_each(model: Model, explicit: Log, counter: Counter, parting: Parting, loop: int) -> bool:
    """Both lie in the loop that counts: each of its passes takes automatic steps too."""
    # Where some passes take none, the counter of the loop gets ahead.
    if not surely_runs(parting.shared[loop + 1 :]) or may_leave(model, parting.ways[0][loop:]):
        return False
    start = first_of(parting.shared[loop], counter)
    if _times(parting.first) > 1 and parting.shared[loop] in loops_in_life(model, explicit, parting.shared):
        return parting.ordered or surely_runs(parting.second)
    if start is None:
        return parting.ordered and any(map(repeats, parting.first))
    return parting.ordered and start < 1


def _epochs(values: list[float]) -> Shows:
    def that(ran: Ran) -> bool:
        return [row["eval/loss"] for row in ran.run.history if "eval/loss" in row] == values

    return Shows(f"the record has {len(values)} values of the epochs", that)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                for loss in (0.3, 0.2):
                    run.log({"train/loss": loss})
                run.log({"eval/loss": 0.4}, step=epoch)
                ^^^^^^^
        """,
        message="this step is dropped: logs without `step=` have moved the run past it",
    ),
    Bad(
        """
        import wandb
        from tqdm import tqdm

        def batches(loader):
            for number, loss in enumerate(loader):
                if number % 100 == 0:
                    wandb.log({"train/loss": loss})

        def train(loader, epochs):
            wandb.init(project="texts")
            wandb.log({"eval/loss": 0.5})
            for epoch in tqdm(range(epochs)):
                batches(loader)
                wandb.log({"eval/loss": 0.4}, step=epoch)
                ^^^^^^^^^
        """,
        message="this step is dropped: logs without `step=` have moved the run past it",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        for epoch in range(3):
            run.log({"train/loss": 0.1})
            run.log({"eval/loss": 0.4}, step=epoch)
            ^^^^^^^
        """,
        message="this step is dropped: logs without `step=` have moved the run past it",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("eval/*", step_metric="epoch")
            for epoch in range(3):
                for loss in (0.3, 0.2):
                    run.log({"train/loss": loss})
                run.log({"eval/loss": 0.4, "epoch": epoch})
        """
    ),
    Good(
        """
        import wandb

        def start(job_type, params):
            return wandb.init(project="texts", job_type=job_type, config={"params": params})

        def train():
            run = start("train", {"lr": 0.1})
            for epoch in range(3):
                run.log({"train/loss": 1 / (1 + epoch)})
            run.finish()

        def evaluate():
            run = start("eval", {"threshold": 0.5})
            for step in range(10):
                run.log({"eval/f1": 0.1 * step}, step=step)
            run.finish()

        train()
        evaluate()
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1}, step=epoch)
                run.log({"train/lr": 0.1})
            run.log({"test/loss": 0.2})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                for loss in (0.3, 0.2):
                    run.log({"train/loss": loss}, commit=False)
                run.log({"eval/loss": 0.4}, step=epoch)
        """
    ),
    Good(
        """
        import wandb

        def train(loader, by_batch, start):
            run = wandb.init(project="texts")
            seen = 0
            for epoch in range(3):
                for loss in loader:
                    seen += 1
                    run.log({"train/loss": loss})
                run.log({"eval/loss": 0.4}, step=seen)
            other = wandb.init(project="texts", reinit="create_new")
            for epoch in range(3):
                for loss in loader:
                    if by_batch:
                        other.log({"train/loss": loss})
                other.log({"eval/loss": 0.4}, step=epoch)
        """
    ),
)

PROOF = Proof(bad=_epochs([]), good=_epochs([0.4, 0.4, 0.4]))
