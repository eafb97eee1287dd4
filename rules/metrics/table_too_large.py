"""Reports tables of more rows than W&B shows.

Why it matters: of a table that is logged, 10,000 rows are kept, and nothing says that there were more: what
is sorted and filtered in the UI is the beginning of the data (Tables).

When to ignore: where `wandb.Table.MAX_ROWS` is raised for all that run the code, or the table goes into an
artifact alone, which keeps 200,000.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Bad,
    Block,
    End,
    File,
    Finding,
    Good,
    Items,
    Model,
    Options,
    Preset,
    Rule,
    Span,
    TableMade,
    doc,
    options,
    paths,
    surely_runs,
)

from ._stepping import repeats
from ._tables import ADDS_ROWS, calls_on, logs_of, value_of


class Rows(Options, frozen=True):
    """How many rows are fine."""

    most: Annotated[int, doc("How many rows are kept of a table.")] = 10_000


RULE = Rule(
    code="WB315",
    name="table-too-large",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Of a table that is logged W&B keeps 10,000 rows, and does not say that there were more.",
    how="Log a sample of the rows, and put the whole of the data into an artifact.",
    options=Rows,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for table in model.tables:
        made = model.events[table.made] if table.made >= 0 else None
        if not isinstance(made, TableMade) or next(logs_of(model, table.id), None) is None:
            continue
        for place, count in (*given(made), *added(model, made, table.id)):
            if count > file.options.most:
                yield Finding(
                    place, f"this table gets {count:,} rows, of which {file.options.most:,} are kept"
                )
                break


def given(made: TableMade) -> Iterator[tuple[Span, int]]:
    """How many rows a table is made with, where that is known, and where they are given."""
    for name in ("data", "rows"):
        argument = made.arguments.find(name)
        for rows in options(argument.value) if argument is not None else ():
            if argument is not None and isinstance(rows, Items):
                yield value_of(argument), len(rows.items) if rows.count is None else rows.count


def added(model: Model, made: TableMade, table: int) -> Iterator[tuple[Span, int]]:
    """How many rows each call adds to a table in the loops around it, where that is known."""
    around = {place.block for way in paths(model, made) for place in way}
    for call in calls_on(model, table, ADDS_ROWS):
        ways = paths(model, call)
        if len(ways) == 1:
            inside = tuple(place for place in ways[0] if place.block not in around)
            count = times(tuple(model.blocks[place.block] for place in inside))
            if count is not None and not any(is_left(model, place.block) for place in inside):
                yield call.callee, count


def times(inside: tuple[Block, ...]) -> int | None:
    """How often something in these blocks certainly happens, where that is known: in loops that count."""
    count, is_counted = 1, False
    for block in inside:
        if block.loop is not None:
            if block.loop.count is None or not repeats(block):
                return None
            count, is_counted = count * block.loop.count, True
    is_asked = any(block.condition is not None for block in inside)
    return count if is_counted and not is_asked and surely_runs(inside) else None


def is_left(model: Model, outer: int) -> bool:
    """Whether some branch in a block leaves a loop, or a pass of it, before its end."""
    around = model.blocks[outer].span
    return any(block.end is not End.FALLS and around.contains(block.span) for block in model.blocks)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            table = wandb.Table(columns=["number", "square"])
            for number in range(50_000):
                table.add_data(number, number**2)
                ^^^^^^^^^^^^^^
            run.log({"squares": table})
        """,
        message="this table gets 50,000 rows, of which 10,000 are kept",
    ),
    Bad(
        """
        import random

        import wandb

        def report(predict):
            rows = [[i, random.random()] for i in range(20000)]
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            wandb.log({"scores": wandb.Table(columns=["number", "score"], data=rows)})
            table = wandb.Table(columns=["epoch", "batch", "score"])
            for epoch in range(20):
                for batch in range(1000):
                    table.add_data(epoch, batch, predict(batch))
                    ^^^^^^^^^^^^^^
            wandb.log({"batches": table})
        """,
        message=(
            "this table gets 20,000 rows, of which 10,000 are kept",
            "this table gets 20,000 rows, of which 10,000 are kept",
        ),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        table = wandb.Table(columns=["text"], data=[["a"], ["b"], ["c"]])
                                                   ^^^^^^^^^^^^^^^^^^^^^
        run.log({"texts": table})
        """,
        message="this table gets 3 rows, of which 2 are kept",
        options={"most": 2},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            table = wandb.Table(columns=["number", "square"])
            for number in range(50_000):
                if number % 100 == 0:
                    table.add_data(number, number**2)
            run.log({"squares": table})
            for epoch in range(100):
                scores = wandb.Table(columns=["number"], data=[[i] for i in range(1000)])
                for number in range(200):
                    scores.add_data(number)
                run.log({"scores": scores})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, texts, rows, full):
            table = wandb.Table(columns=["text"], data=rows)
            for index in range(100_000):
                table.add_data(texts[index])
                if full(table):
                    break
            run.log({"texts": table, "pairs": [[i, i] for i in range(20000)]})
            few = [[i] for i in range(20000) if i % 100 == 0]
            run.log({"few": wandb.Table(columns=["number"], data=few)})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            whole = wandb.Table(columns=["number"], data=[[i] for i in range(20000)])
            artifact = wandb.Artifact("numbers", type="dataset")
            artifact.add(whole, "numbers")
            run.log_artifact(artifact)
        """
    ),
)
