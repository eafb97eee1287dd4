"""Reports several log calls on one run in one pass of a loop.

Why it matters: each `log` moves the run's step on by one. Two calls in a pass give two rows for what is one
moment of the training: the x-axis runs twice as fast, and no row holds both values, so that they cannot be
plotted against each other (Logging Best Practices).

When to ignore: where the two belong to different x-axes that `define_metric` declares.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from wbcheck.rule import (
    Applicability,
    Bad,
    DefineMetric,
    Dict,
    End,
    File,
    Finding,
    Flag,
    Good,
    Label,
    Log,
    Mended,
    Model,
    Preset,
    Rule,
    Span,
    Stuck,
    constant,
    merge_calls,
    options,
    paths,
    same_pass,
    set_argument,
    source_of,
    texts,
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
    changes=("history", "summary"),
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    logs = [log for log in model.each(Log) if is_automatic(log) and is_in_loop(model, log)]
    told: set[int] = set()
    known: set[int] = set()
    for index, second in enumerate(logs):
        beside = logs[:index] if second.run is None else model.of_run(Log, second.run)
        earlier = (first for first in beside if first.id in known and same_pass(model, first, second))
        together = (log for log in earlier if same_run(model, log, second))
        first = next((log for log in together if not have_own_axes(model, log, second)), None)
        known.add(second.id)
        if first is None:
            continue
        # A third call in the pass says nothing new.
        if first.id not in told:
            yield Finding(
                second.callee,
                f"`{second.callee_text[:30]}` is called again in the same pass of a loop",
                fix=file.fix_across(merged, logs[:index], second),
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


def merged(file: File, earlier: list[Log], second: Log) -> Mended | None:
    """A call merged into the one right before it, or else that one's row held open for it."""
    model = file.model
    beside = [log for log in earlier if log.block == second.block and log.span.end <= second.span.start]
    first = max(beside, key=lambda log: log.span.start, default=None)
    if first is None or not same_run(model, first, second):
        return None
    if any(model.statement_at(log.span) != log.span for log in (first, second)):
        return None
    given, more = literal_of(first), literal_of(second)
    # What is held open already lies in the same row, too.
    row = [log for log in model.each(Log) if log.span.end <= first.span.start and is_held(log)]
    for log in (*row, first):
        if shared := shared_key(file.text, log, second):
            raise Stuck(f"both calls log `{shared}`", log.callee)
    if first.commit is not None:
        raise Stuck("a row of its own is asked for by `commit=`", first.callee)
    if given is not None and more is not None and are_known(given, more):
        edits = merge_calls(file.text, first.span, given, second.span, more)
        if edits:
            return Mended("Merge it into the call before", edits)
    if is_parted(model, first, second):
        return None
    held = set_argument(file.text, first.arguments, "commit", "False")
    return Mended("Hold the row of the call before open for it (`commit=False`)", held) if held else None


def are_known(*dicts: Dict) -> bool:
    """Whether all keys of some dicts are constant."""
    return all(constant(entry.key) is not None for each in dicts for entry in each.entries)


def shared_key(text: str, first: Log, second: Log) -> str:
    """A key that two calls log, each its own value (one row holds but the later), or empty."""
    rows = []
    for log in (first, second):
        entries = [entry for data in options(log.data) if isinstance(data, Dict) for entry in data.entries]
        named = [(constant(each.key), each.span) for each in entries]
        rows.append({name: source_of(text, span) for name, span in named if name and span})
    shared = (name for name in rows[0] if name in rows[1])
    return next((name for name in shared if rows[1][name] != rows[0][name] or "(" in rows[0][name]), "")


def is_held(log: Log) -> bool:
    """Whether a call leaves its row open for the next one."""
    return isinstance(log.commit, Flag) and not log.commit.value


def is_parted(model: Model, first: Log, second: Log) -> bool:
    """Whether something between two calls of a block may log, or leave the pass before the second."""
    between = Span(first.span.end, second.span.start)
    return any(
        between.contains(block.span) and block.end not in (End.FALLS, End.RAISES) for block in model.blocks
    ) or any(between.contains(log.span) for log in model.each(Log))


def literal_of(log: Log) -> Dict | None:
    """The dict that is all that a call is given, if it is written out in the call, and nowhere else."""
    data = log.data
    if not isinstance(data, Dict) or data.open or not data.entries or len(log.arguments.items) != 1:
        return None
    spans = [data.span, *(entry.span for entry in data.entries)]
    return data if all(span is not None and log.span.contains(span) for span in spans) else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1})
                if epoch == 1:
                    continue
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
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("*", step_metric="epoch")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "epoch": epoch, "eval/f1": 0.9})
        """,
    ),
    Bad(
        """
        import wandb
        from training import evaluate, step

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log(
                    {
                        "train/loss": step(),
                    },
                )
                f1 = evaluate()
                run.log({"eval/f1": f1})
                ^^^^^^^
            for epoch in range(3):
                run.log({"train/loss": step()})
                run.log(
                ^^^^^^^
                    {
                        "eval/f1": evaluate(),  # on all of it
                        "epoch": epoch,
                    }
                )
        """,
        message="`run.log` is called again in the same pass of a loop",
        fixed="""
        import wandb
        from training import evaluate, step

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log(
                    {
                        "train/loss": step(),
                    },
                    commit=False,
                )
                f1 = evaluate()
                run.log({"eval/f1": f1})
            for epoch in range(3):
                run.log(
                    {
                        "train/loss": step(),
                        "eval/f1": evaluate(),  # on all of it
                        "epoch": epoch,
                    }
                )
        """,
    ),
    Bad(
        """
        import wandb
        from training import evaluate

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"eval/f1": evaluate()})
                run.log({"eval/f1": evaluate()})
                ^^^^^^^
        """,
        message="`run.log` is called again in the same pass of a loop",
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        def train(run, loader):
            for number, loss in enumerate(loader):
                run.log({"train/loss": loss, "train/number_of_the_batch_in_its_epoch": number})
                run.log({"train/loss_per_number_of_the_batch": loss / number})
                ^^^^^^^
                run.log({"train/seen": number})

        # %%
        with wandb.init(project="texts") as run:
            train(run, [0.1])
        """,
        notebook=True,
        message="`run.log` is called again in the same pass of a loop",
        fixed="""
        # %%
        import wandb

        # %%
        def train(run, loader):
            for number, loss in enumerate(loader):
                run.log(
                    {
                        "train/loss": loss,
                        "train/number_of_the_batch_in_its_epoch": number,
                        "train/loss_per_number_of_the_batch": loss / number,
                        "train/seen": number,
                    }
                )

        # %%
        with wandb.init(project="texts") as run:
            train(run, [0.1])
        """,
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
