"""Reports media and histograms logged on every training step, and a `watch` that looks as often.

Why it matters: each image, histogram or set of gradients is encoded and uploaded, so training waits for W&B;
its documentation asks for fewer than 50,000 media and 10,000 histograms.

When to ignore: where a step takes minutes; then allow more with `least-log-freq`, or silence the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Annotated,
    AnyValue,
    Bad,
    Block,
    BlockKind,
    Dict,
    End,
    File,
    Finding,
    Good,
    Items,
    Kind,
    Log,
    Model,
    Number,
    Options,
    Preset,
    Rule,
    RunCall,
    Text,
    Unknown,
    constant,
    doc,
    listed,
    options,
    paths,
)


class Costs(Options, frozen=True):
    least_log_freq: Annotated[int, doc("The least `log_freq` of `watch` that is fine.")] = 100
    few_passes: Annotated[int, doc("How many passes all loops together may make for media to be fine.")] = (
        1000
    )


RULE = Rule(
    code="WB618",
    name="costly-logging",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Training waits for what is encoded and uploaded, thousands of times over.",
    how="Log it once an epoch, or every some hundred steps: `if step % 500 == 0:`.",
    options=Costs,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for call in model.each(RunCall):
        if isinstance(call, Log):
            heavy = [key for value in options(call.data) for key in heavy_keys(value)]
            if heavy and is_each_step(model, call, file.options.few_passes):
                yield Finding(call.callee, f"every step uploads {listed(heavy, 50)}")
        elif call.method == "watch":
            given = call.get("log_freq")
            if isinstance(given, Number) and 0 < given.value < file.options.least_log_freq:
                place = given.span or call.callee
                yield Finding(place, f"`log_freq={given.value:g}` uploads histograms every few steps")


def heavy_keys(value: AnyValue) -> Iterator[str]:
    """The keys of a logged dict whose values are certainly media or histograms."""
    for entry in value.entries if isinstance(value, Dict) else ():
        if entry.certain and is_heavy(entry.value):
            key = constant(entry.key)
            yield key if key is not None else entry.key.skeleton if isinstance(entry.key, Text) else "…"


def is_heavy(value: AnyValue) -> bool:
    if isinstance(value, Items):
        return bool(value.items) and all(map(is_heavy, value.items))
    return isinstance(value, Unknown) and value.kind is Kind.MEDIA


def is_each_step(model: Model, call: Log, few: int) -> bool:
    """Whether a log runs on every pass of a loop within a loop, or of one over batches or steps."""
    for way in paths(model, call):
        blocks = [model.blocks[place.block] for place in way]
        loops = [block for block in blocks if block.kind is BlockKind.LOOP]
        if not loops or not is_of_steps(loops) or is_seldom(model, blocks, loops, call):
            return False
        known = [
            block.loop.count for block in loops if block.loop is not None and block.loop.count is not None
        ]
        passes = 1
        for count in known:
            passes *= count
        if len(known) == len(loops) and passes <= few:
            return False
    return True


_STEPS = re.compile(r"(?i)\b\w*(?:loader|batch|step|iteration|dl)s?\b|\bi_?ter\b")
_NO_TRAINING = re.compile(r"(?i)(?:^|_)(?:val|valid|validation|eval|evaluation|test|predict|infer|sample)")


def is_of_steps(loops: list[Block]) -> bool:
    loop = loops[-1].loop
    names = " ".join((*loop.targets, getattr(loop.iterable, "name", ""))) if loop is not None else ""
    if _NO_TRAINING.search(names.replace(".", "_").replace(" ", "_")):
        return False
    return _STEPS.search(names) is not None


def is_seldom(model: Model, blocks: list[Block], loops: list[Block], call: Log) -> bool:
    """Whether a test may skip the log on most passes, or the function is not one that trains."""
    inner = blocks[blocks.index(loops[-1]) :]
    function = model.function_of(call)
    if function is not None and _NO_TRAINING.search(function.name):
        return True
    if any(block.kind in (BlockKind.BRANCH, BlockKind.EXCEPT) for block in inner):
        return True
    return any(
        block.parent in {one.id for one in inner}
        and block.end is not End.FALLS
        and block.span.start < call.span.start
        for block in model.blocks
        if block.kind is BlockKind.BRANCH
    ) or loops[-1].end in (End.BREAKS, End.RETURNS)


EXAMPLES = (
    Bad(
        """
        import wandb

        def train(run, model, loader):
            for epoch in range(10):
                for step, batch in enumerate(loader):
                    loss, weights = model.step(batch)
                    run.log({"train/loss": loss, "train/weights": wandb.Histogram(weights)})
                    ^^^^^^^

        with wandb.init(project="texts") as run:
            train(run, model, loader)
        """,
        message="every step uploads `train/weights`",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.watch(model, log="all", log_freq=1)
                                             ^
        for batch in train_loader:
            images = [wandb.Image(image) for image in batch]
            run.log({"train/loss": model.step(batch), "train/images": images})
            ^^^^^^^
        """,
        message=("`log_freq=1` uploads histograms every few steps", "every step uploads `train/images`"),
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        run.watch(model, log_freq=1000)
        for epoch in range(10):
            for step, batch in enumerate(train_loader):
                loss = model.step(batch)
                run.log({"train/loss": loss}, commit=False)
                if step % 500 == 0:
                    run.log({"train/images": [wb.Image(image) for image in batch]})
            run.log({"val/weights": wb.Histogram(model.weights)})
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")

        def evaluate(model, loader):
            for batch in loader:
                run.log({"eval/image": wandb.Image(model(batch))})

        def show(paths):
            for path in paths:
                run.log({"eval/image": wandb.Image(path)})

        def train(model, loader):
            for step, batch in enumerate(loader):
                if step > 10:
                    break
                run.log({"train/image": wandb.Image(batch[0])})
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.watch(model, log_freq=10)
        for step in range(2000):
            run.log({"train/image": wandb.Image(model.step())})
        """,
        options={"least-log-freq": 10, "few-passes": 5000},
    ),
)
