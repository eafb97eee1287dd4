"""Reports a best value that is logged in every pass and is no entry of the summary.

Why it matters: the best score so far is one number at the end, and as a curve it is a staircase that says
nothing which the score's own curve does not. The guide puts the best validation score into the summary
(When to Use Summary vs. Logged Metrics); `define_metric("eval/f1", summary="max")` keeps it by itself.

When to ignore: where the staircase is what people look at, as in a search.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Bad,
    DefineMetric,
    Entry,
    File,
    Finding,
    Good,
    Log,
    Model,
    Options,
    Preset,
    Rule,
    Tri,
    doc,
    listed,
    texts,
    words,
)

from ._logged import is_scalar, keys, place_of, rows
from ._summary import is_each_pass, kept, writes_unknown


class Best(Options, frozen=True):
    """How a best value is known."""

    words: Annotated[tuple[str, ...], doc("Words of a key that say that its value is the best so far.")] = (
        "best",
    )


RULE = Rule(
    code="WB325",
    name="best-value-as-curve",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The best score is one number: as a curve it is a staircase beside the score's own curve.",
    how='Write it into `run.summary`, or declare `define_metric("eval/f1", summary="max")`.',
    options=Best,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    told = set()
    for row in rows(model):
        found = [entry for entry in row.data.entries if _is_best(entry, file.options.words)]
        found = [entry for entry in found if not _is_kept(model, row.log, entry, file.options.words)]
        if found and is_each_pass(model, row.log) and not writes_unknown(model, row.log.run):
            place = place_of(found[0], row)
            if place not in told:
                told.add(place)
                names = listed([keys(entry)[0] for entry in found], 44)
                yield Finding(place, f"{names} {'is' if len(found) == 1 else 'are'} logged as a curve")


def _is_best(entry: Entry, best: tuple[str, ...]) -> bool:
    found = keys(entry)
    return bool(found) and is_scalar(entry) and all(set(words(key.skeleton)) & set(best) for key in found)


def _is_kept(model: Model, log: Log, entry: Entry, best: tuple[str, ...]) -> bool:
    """Whether the value is, or may be, in the summary by other means."""
    named = {word for key in keys(entry) for word in words(key.skeleton)}
    what = named - set(best) - _PLACES
    for value in kept(model):
        if set(words(value.key.skeleton)) & set(best) and _is_told_in(what, value.key.skeleton):
            return True
    for event in model.each(DefineMetric):
        if event.arguments.given("summary") is Tri.NO:
            continue
        defined = [text.skeleton for text in texts(event.get("name"))]
        if not defined or any("*" in name or _is_told_in(what, name) for name in defined):
            return True
    return False


def _is_told_in(what: set[str], name: str) -> bool:
    """Whether a name has all these words, or what they are short for: `acc` in `best_accuracy`."""
    there = words(name)
    return all(any(word.startswith(said) or said.startswith(word) for said in there) for word in what)


# Words that say of what the score is, which another key may say in another way.
_PLACES = frozenset({"train", "val", "valid", "validation", "eval", "test", "dev", "epoch", "so", "far"})

EXAMPLES = (
    Bad(
        """
        import wandb

        def train(model, loader, epochs):
            best = 0.0
            with wandb.init(project="texts") as run:
                for epoch in range(epochs):
                    f1 = evaluate(model, loader)
                    best = max(best, f1)
                    run.log({"eval/f1": f1, "eval/best_f1": best})
                                            ^^^^^^^^^^^^^^
        """,
        message="`eval/best_f1` is logged as a curve",
    ),
    Bad(
        """
        import wandb

        def search(candidates):
            wandb.init(project="texts")
            top, where = 0.0, None
            for candidate in candidates:
                score = evaluate(candidate)
                top, where = max((top, where), (score, candidate.number))
                wandb.log({"score": score, "top_score": top, "top_number": where})
                                           ^^^^^^^^^^^
        """,
        message="`top_score`, `top_number` are logged as a curve",
        options={"words": ["top"]},
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        best = 0.0
        for epoch in range(3):
            f1 = evaluate(epoch)
            best = max(best, f1)
            run.log({"eval/f1": f1, "eval/best_acc": accuracy(epoch)})
            run.summary["best_accuracy"] = accuracy(epoch)
        run.summary["best_f1"] = best
        run.log({"eval/best_f1": best})
        """
    ),
    Good(
        """
        import wandb

        def train(epochs):
            run = wandb.init(project="texts")
            run.define_metric("eval/f1", summary="max")
            for epoch in range(epochs):
                run.log({"eval/f1": evaluate(epoch), "eval/best_f1": best_of(epoch)})
        """
    ),
    Good(
        """
        import wandb

        def train(epochs):
            run = wandb.init(project="texts")
            best = 0.0
            for epoch in range(epochs):
                f1 = evaluate(epoch)
                if f1 > best:
                    best = f1
                    run.log({"best_f1": best})
                run.log({"best_images": [wandb.Image(image) for image in best_of(epoch)]})
        """
    ),
    Good(
        """
        import wandb

        def train(epochs, results):
            run = wandb.init(project="texts")
            for epoch in range(epochs):
                run.log({"best_f1": evaluate(epoch)})
            for key, value in results.items():
                run.summary[key] = value
        """
    ),
)
