"""Reports the counter of a loop without bounds inside a metric's key.

Why it matters: `f"loss_{epoch}"` is another metric in each epoch: as many charts of one point each, none of
which is a curve, and no name under which runs could be compared. W&B slows down with some thousands of
metrics. The moment belongs onto the x-axis (Metric Names; Metrics).

When to ignore: where the loop is known to be short, whatever its counter is called.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Bad,
    Block,
    Entry,
    File,
    Finding,
    Good,
    Hole,
    Model,
    Options,
    Piece,
    Preset,
    Rule,
    Span,
    Text,
    Unknown,
    Why,
    doc,
    shown,
    words,
)

from ._logged import is_scalar, keys, place_of, rows

FEW = 20

# What there is but a handful of in a run.
_BOUNDED = tuple(
    """
    action agent arm attempt beam bin block bucket camera category channel chunk class client cluster
    codebook component corner critic dataset day degree device dim dimension discriminator dof encoder
    ensemble env environment expert factor feature filter fold gpu group head horizon host hour image in
    joint k label lag layer lead length level lr machine member model module month node objective optimizer
    order output param parameter part partition percentile phase player pos position quantile rank region
    replica resolution scale seed sensor series shard shot source split stage state subject target task term
    threshold tile topic unit user view week worker year
    """.split()
)
# What goes on for as long as a run does.
_ENDLESS = frozenset(
    """
    batch episode epoch example it iter iteration sample step timestep update
    """.split()
)


class Bounded(Options, frozen=True):
    """What may number a metric."""

    bounded: Annotated[
        tuple[str, ...],
        doc(
            "Words of counters, limits and keys that say that there are few: `layer` in `range(num_layers)`."
        ),
    ] = _BOUNDED


RULE = Rule(
    code="WB322",
    name="metric-key-cardinality",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Each number makes a metric of its own, with a chart of one point, instead of one curve.",
    how='Log it under one key, and the number beside it: `{"train/loss": loss, "epoch": epoch}`.',
    options=Bounded,
)


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for row in rows(file.model):
        for entry in row.data.entries:
            found = _endless(file.model, entry, frozenset(file.options.bounded))
            place = place_of(entry, row)
            if found is not None and place not in seen:
                seen.add(place)
                key, counter = found
                yield Finding(place, f"key {shown(key, 32)} is a new metric for each {shown(counter, 20)}")


def _endless(model: Model, entry: Entry, bounded: frozenset[str]) -> tuple[Text, str] | None:
    """The key with a counter that has no bounds in it, and that counter's name."""
    for key in keys(entry):
        before = ""
        for piece in key.pieces:
            if isinstance(piece, Hole):
                value = piece.value
                if isinstance(value, Unknown) and value.why is Why.COUNTER and value.name:
                    if _has_no_bounds(model, value, entry, before, bounded):
                        return key, value.name
            before = piece.text if isinstance(piece, Piece) else ""
    return None


def _has_no_bounds(
    model: Model, counter: Unknown, entry: Entry, before: str, bounded: frozenset[str]
) -> bool:
    loop = _loop_of(model, counter)
    count = None if loop is None or loop.loop is None else loop.loop.count
    limit = "" if loop is None or loop.loop is None else loop.loop.limit
    if (count is not None and count <= FEW) or (counter.size is not None and counter.size <= FEW):
        return False
    own, before_it, limits = _words(counter.name), _words(before)[-1:], _words(limit)
    if any(word in bounded for word in own + before_it):
        return False
    if any(word in _ENDLESS for word in own):
        return True
    if any(word in bounded for word in limits) or "len(" in limit or not limit.startswith(_RANGES):
        return False
    return is_scalar(entry)


_RANGES = ("range(", "trange(", "tqdm(range(")


def _loop_of(model: Model, counter: Unknown) -> Block | None:
    """The loop that binds a counter."""
    if counter.span is None:
        return None
    loops = (block for block in model.blocks if block.loop is not None and block.loop.counter == counter.name)
    return next((loop for loop in loops if loop.span.contains(counter.span)), None)


def _words(text: str) -> list[str]:
    """The words of a text, without their plural."""
    found = (word for word in words(text) if not word.isdigit())
    return [_SINGULAR.get(word, word.removesuffix("s") if len(word) > 3 else word) for word in found]


_SINGULAR = {
    "batches": "batch",
    "classes": "class",
    "class": "class",
    "indices": "index",
    "categories": "category",
    "pos": "pos",
    "loss": "loss",
    "iters": "iter",
}

EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(100):
                run.log({f"train/loss_{epoch}": 0.1, "train/lr": 0.1})
                         ^^^^^^^^^^^^^^^^^^^^^
        """,
        message="key `train/loss_{}` is a new metric for each `epoch`",
    ),
    Bad(
        """
        import wandb

        def train(loader, folds, n):
            for fold in range(folds):
                for batch_idx, batch in enumerate(loader):
                    wandb.log({f"fold_{fold}/loss_" + str(batch_idx): 0.1})
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            for i in range(n):
                wandb.log({"train/loss-%d" % i: 0.1})
                           ^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "key `fold_{}/loss_{}` is a new metric for each `batch_idx`",
            "key `train/loss-{}` is a new metric for each `i`",
        ),
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, losses, num_layers):
            run.log({f"loss/{layer}": losses[layer] for layer in range(num_layers)})
            for layer in range(num_layers):
                run.log({f"loss/{layer}": losses[layer]})
                         ^^^^^^^^^^^^^^^
        """,
        message="key `loss/{}` is a new metric for each `layer`",
        options={"bounded": ["fold"]},
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts") as run:
            for epoch in range(100):
                run.log({"train/loss": 0.1, "epoch": epoch})
            for epoch in range(3):
                run.log({f"eval/f1_{epoch}": 0.9})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, model, num_layers, scores, k_folds):
            for i in range(num_layers):
                run.log({f"norm/{i}": model.norm(i)})
            for i in range(k_folds):
                run.log({f"f1/fold_{i}": scores[i]})
            for i, name in enumerate(model.classes):
                run.log({f"f1/{i}": scores[i], f"f1/{name}": scores[i]})
            for i in range(len(scores)):
                run.log({f"f1/class-{i}": scores[i]})
        """
    ),
    Good(
        """
        import wandb
        from metrics import rename

        def report(run: wandb.Run, epoch, prefix, losses):
            run.log({f"{prefix}/loss": losses[0], rename("loss", epoch): losses[1]})
            for epoch in range(100):
                print(f"loss_{epoch}")
                run.summary[f"loss_{epoch}"] = losses[epoch]
        """
    ),
)
