"""Reports tables that are logged again after rows were added to them.

Why it matters: a table is written down when it is logged for the first time. What is added later is seen by
the process alone: logging the table again records the rows of the first time, after one warning. With a
table that grows in a loop and is logged in each pass, all but the first rows are lost (Tables).

When to ignore: never.
"""

from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Event,
    File,
    Finding,
    Fix,
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
    TableMade,
    Text,
    Tri,
    may_leave,
    partings,
    paths,
    precedes,
    set_argument,
    shown,
    surely_runs,
)

from ._stepping import repeats
from ._tables import CHANGES, calls_on, constant_mode, logs_of, made_of

RULE = Rule(
    code="WB313",
    name="table-mutated-after-log",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A table is recorded as it is when it is logged first, and rows that are added later are lost.",
    how='Make it with `log_mode="MUTABLE"` or `"INCREMENTAL"`, or log it once, at the end.',
    fix=Applicability.SAFE,
    changes=("artifacts", "history", "summary"),
)


def check(file: File) -> Iterator[Finding]:
    for table in file.model.tables:
        made = made_of(file.model, table.id)
        if made is None or not is_immutable(made) or is_renewed(file.model, made):
            continue
        found = next(again(file.model, made, table.id), None)
        if found is None:
            continue
        log, key, change = found
        named = "a table" if key is None else f"table {shown(key, 30)}"
        yield Finding(
            log.callee,
            f"{named} is logged again after it was changed, to no effect",
            fix=_fix(file, made),
            related=(Label(change.span, "the change"), Label(made.callee, "the table")),
        )


def _fix(file: File, made: TableMade) -> Callable[[], Fix | None] | None:
    if file.versions.within("<0.20").releases:
        return None
    return file.fix("Make it mutable", set_argument, made.arguments, "log_mode", '"MUTABLE"')


def is_immutable(made: TableMade) -> bool:
    """Whether a table is certainly recorded but once."""
    return made.arguments.given("log_mode") is Tri.NO or constant_mode(made) == "IMMUTABLE"


def is_renewed(model: Model, made: TableMade) -> bool:
    """Whether an attribute that holds a table is given another one elsewhere."""
    held = {name for name in made.bound if "." in name}
    others = (other for other in model.each(TableMade) if other.table != made.table)
    return any(not held.isdisjoint(other.bound) for other in others)


def again(model: Model, made: TableMade, table: int) -> Iterator[tuple[Log, Text | None, Event]]:
    """The calls that log a table again after a change, each with the key that is used and the change."""
    changes = calls_on(model, table, CHANGES)
    logs = list(logs_of(model, table))
    for log, key in logs:
        for change in changes:
            before = (first for first, _ in logs if first is not log)
            if any(lies_between(model, made, first, change, log) for first in before) or any(
                comes_round(model, made, parting) for parting in partings(model, change, log)
            ):
                yield log, key, change


def lies_between(model: Model, made: TableMade, first: Log, change: Event, second: Log) -> bool:
    """Whether a change has certainly happened after a first log and before a second one."""
    order = ((made, first), (first, change), (change, second))
    return all(precedes(model, one, two) is Tri.YES for one, two in order)


def comes_round(model: Model, made: TableMade, parting: Parting) -> bool:
    """Whether a change and a log run in each pass of a loop, the table being made before it."""
    around = {place.block for way in paths(model, made) for place in way}
    for index, block in enumerate(parting.shared):
        if block.id in around or not repeats(block):
            continue
        inside = parting.shared[index:]
        return (
            surely_runs(inside + parting.first)
            and surely_runs(inside + parting.second)
            and not any(may_leave(model, way[index:]) for way in parting.ways)
        )
    return False


def _sizes(count: int) -> Shows:
    def that(ran: Ran) -> bool:
        files = {row["predictions.sha256"] for row in ran.run.history if "predictions.sha256" in row}
        return len(files) == count

    return Shows(f"the record has {count} different tables", that)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            table = wandb.Table(columns=["epoch", "text"])
            for epoch in range(3):
                table.add_data(epoch, "a text")
                run.log({"predictions": table})
                ^^^^^^^
        """,
        message="table `predictions` is logged again after it was changed, to no effect",
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            table = wandb.Table(columns=["epoch", "text"], log_mode="MUTABLE")
            for epoch in range(3):
                table.add_data(epoch, "a text")
                run.log({"predictions": table})
        """,
    ),
    Bad(
        """
        import wandb

        def evaluate(texts, predict):
            table = wandb.Table(columns=["text", "label"])
            for text in texts:
                table.add_data(text, predict(text))
            wandb.log({"predictions": table})
            table.add_data("all", len(texts))
            wandb.log({"predictions": table})
            ^^^^^^^^^
        """,
        message="table `predictions` is logged again after it was changed, to no effect",
        fixed="""
        import wandb

        def evaluate(texts, predict):
            table = wandb.Table(columns=["text", "label"], log_mode="MUTABLE")
            for text in texts:
                table.add_data(text, predict(text))
            wandb.log({"predictions": table})
            table.add_data("all", len(texts))
            wandb.log({"predictions": table})
        """,
    ),
    Bad(
        """
        import wandb

        def train(epochs, texts, predict):
            run = wandb.init(project="texts")
            table = wandb.Table(columns=["text", "label"], log_mode="IMMUTABLE")
            for epoch in range(epochs):
                for text in texts:
                    table.add_data(text, predict(text))
                if epoch % 10 == 0:
                    run.log({f"predictions/{epoch}": table, "epoch": epoch})
                    ^^^^^^^
        """,
        message="table `predictions/{}` is logged again after it was changed, to no effect",
        fixed="""
        import wandb

        def train(epochs, texts, predict):
            run = wandb.init(project="texts")
            table = wandb.Table(columns=["text", "label"], log_mode="MUTABLE")
            for epoch in range(epochs):
                for text in texts:
                    table.add_data(text, predict(text))
                if epoch % 10 == 0:
                    run.log({f"predictions/{epoch}": table, "epoch": epoch})
        """,
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            table = wandb.Table(columns=["epoch", "text"], log_mode="MUTABLE")
            for epoch in range(3):
                table.add_data(epoch, "a text")
                run.log({"predictions": table})
        """
    ),
    Good(
        """
        import wandb

        def train(epochs, texts, predict):
            run = wandb.init(project="texts")
            whole = wandb.Table(columns=["text", "label"])
            for epoch in range(epochs):
                table = wandb.Table(columns=["text", "label"])
                for text in texts:
                    table.add_data(text, predict(text))
                    whole.add_data(text, predict(text))
                run.log({"predictions": table})
                if epoch == epochs - 1:
                    run.log({"whole": whole})
        """
    ),
    Good(
        """
        import copy

        import wandb

        def train(texts, predict):
            run = wandb.init(project="texts")
            table = wandb.Table(columns=["text", "label"])
            for text in texts:
                table.add_data(text, predict(text))
                run.log({"predictions": copy.copy(table)})
            recent = wandb.Table(columns=["text"])
            for number, text in enumerate(texts):
                recent.add_data(text)
                if number % 100 == 0:
                    run.log({"recent": recent})
                    recent = wandb.Table(columns=["text"])
        """
    ),
    Good(
        """
        import wandb

        def train(epochs, texts, predict, mode):
            run = wandb.init(project="texts")
            table = wandb.Table(columns=["text", "label"])
            chosen = wandb.Table(columns=["text", "label"], log_mode=mode)
            for text in texts:
                table.add_data(text, predict(text))
                chosen.add_data(text, predict(text))
                copied = wandb.Table(columns=table.columns, data=table.data)
                run.log({"predictions": copied, "chosen": chosen})
            run.log({"whole": table})
            run.log({"whole again": table})
        """
    ),
    Good(
        """
        import wandb

        def train(texts, done):
            run = wandb.init(project="texts")
            table = wandb.Table(columns=["text"])
            for text in texts:
                table.add_data(text)
                if done(text):
                    run.log({"predictions": table})
                    break
            other = wandb.Table(columns=["text"])
            for text in texts:
                other.add_data(text)
                if not done(text):
                    continue
                run.log({"others": other})
                return
        """
    ),
    Good(
        """
        import wandb

        class Samples:
            def __init__(self):
                self.table = wandb.Table(columns=["text", "label"])

            def add(self, text, label):
                self.table.add_data(text, label)

            def flush(self, run):
                run.log({"eval/samples": self.table})
                self.table = wandb.Table(columns=["text", "label"])

        with wandb.init(project="texts") as run:
            samples = Samples()
            for epoch in range(3):
                samples.add("win a prize", "phishing")
                samples.flush(run)
        """
    ),
)

PROOF = Proof(bad=_sizes(1), good=_sizes(3))
