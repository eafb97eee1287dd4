"""Reports scalar metrics that are logged without a namespace.

Why it matters: W&B groups charts by what stands before the slash. Without it, `loss` does not say whether
it is of training or of evaluation, and every curve of a project lands in one section. The guide asks
for slash-separated namespaces: `train/loss`, `eval/f1` (Metric Names). Axes, tables, media and plots need
none.

When to ignore: where dashboards, sweeps or other code of a running project read the metric by its old name.
"""

from collections.abc import Callable, Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    DefineMetric,
    Entry,
    File,
    Finding,
    Fix,
    Good,
    Kind,
    Model,
    Nothing,
    Options,
    Piece,
    Preset,
    Refusal,
    Rule,
    Span,
    Text,
    Unknown,
    Why,
    constant,
    doc,
    listed,
    options,
    texts,
)

from ._logged import RESERVED, Row, begun, is_scalar, keys, may_hold_slash, place_of, told
from ._renaming import rename, renames

# What parts a word from a metric where a slash should.
_ENDS = ("_", "-", ".", ":", " ")
# What people count by, as far as 38 public repositories show.
_AXES = tuple(
    """
    epoch epochs current_epoch epoch_idx step steps step_idx global_step _global_step total_steps
    num_steps train_step training_step eval_step val_step test_step env_step env_steps iteration
    iterations iteration_step iter it timestep timesteps time_step total_timesteps num_timesteps batch
    batch_idx batch_num samples num_samples n_samples samples_seen tokens num_tokens n_tokens tokens_seen
    examples_seen episode episodes frame frames update updates round consumed_tokens consumed_samples
    processed_tokens processed_samples trained_tokens trained_samples
    """.split()
)

# Where one of these is an axis, so is what ends in it: `offline_iter`.
_COUNTS = ("epoch", "step", "iter", "iteration", "timestep")


class Axes(Options, frozen=True):
    """What may be logged without a namespace."""

    axes: Annotated[
        tuple[str, ...],
        doc("Names of x-axes. Neither case counts nor whether words are joined by `_`, `-` or a space."),
    ] = _AXES


RULE = Rule(
    code="WB301",
    name="metric-not-namespaced",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="W&B sorts charts into sections by what stands before the slash: without it, all share one section.",
    how="Put a namespace before the name, as in `train/loss`.",
    fix=Applicability.UNSAFE,
    changes=("history", "summary", "metrics"),
    options=Axes,
)


def check(file: File) -> Iterator[Finding]:
    axes = {_plain(name) for name in file.options.axes} | steps(file.model)
    bare: dict[Span, tuple[Row, list[Entry]]] = {}
    for row in told(file.model):
        found = [entry for entry in row.data.entries if is_bare(entry, axes)]
        found.sort(key=lambda entry, row=row: place_of(entry, row))  # type: ignore[misc]
        if found:
            # One dict may be logged at several places, grown in between.
            place = place_of(found[0], row)
            known = bare.get(place)
            bare[place] = (row, found) if known is None or len(found) > len(known[1]) else known
    said: set[Span] = set()
    for row, found in bare.values():
        # What was logged before some keys were added to it has been told of.
        new = [entry for entry in found if place_of(entry, row) not in said]
        if new:
            said.update(place_of(entry, row) for entry in new)
            yield Finding(place_of(new[0], row), headline(new), fix=_fix(file, row, new))
    for row in begun(file.model):
        for entry in row.data.entries:
            if entry.key.span is not None and is_bare(entry, axes) and _is_split(entry):
                yield Finding(entry.key.span, headline([entry]))


def is_bare(entry: Entry, axes: set[str]) -> bool:
    """Whether an entry is a scalar metric whose key certainly has no slash and names no axis."""
    named = keys(entry)
    is_metric = is_scalar(entry) and not _is_counter(entry) and not _may_be_group(entry)
    return bool(named) and is_metric and all(_is_bare(key, axes) for key in named)


# What people call a part of the data: over it stands a number, or the dict of all that was measured.
_PARTS = frozenset("train training val valid validation eval evaluation test testing dev".split())
_DICTS = ("metrics", "stats")


def _may_be_group(entry: Entry) -> bool:
    """Whether what is logged may be a dict of metrics, and its key their namespace: ``{"train": stats}``."""
    values = [value for value in options(entry.value) if not isinstance(value, Nothing)]
    unknown = [value for value in values if isinstance(value, Unknown) and value.kind is Kind.ANY]
    if not unknown or len(unknown) < len(values):
        return False
    names = [_plain(key.skeleton) for key in keys(entry)]
    return all(name in _PARTS or name.endswith(_DICTS) for name in names)


def _is_split(entry: Entry) -> bool:
    """Whether something else than a slash ends what stands in the place of a namespace: `train_`."""
    first = (key.pieces[0] for key in keys(entry))
    return all(isinstance(piece, Piece) and piece.text.endswith(_ENDS) for piece in first)


def _is_counter(entry: Entry) -> bool:
    """Whether what is logged is the number of the pass of a loop: an axis, whatever its name."""
    return all(
        isinstance(value, Unknown)
        and value.why is Why.COUNTER
        and value.span is not None
        and value.offset is not None
        for value in options(entry.value)
    )


def _is_bare(key: Text, axes: set[str]) -> bool:
    name = _plain(key.skeleton)
    if not key.pieces or key.constant in RESERVED or name in axes:
        return False
    if any(name.endswith(f"_{word}") for word in _COUNTS if word in axes):
        return False
    return "/" not in key.skeleton and not any(may_hold_slash(hole) for hole in key.holes)


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def steps(model: Model) -> set[str]:
    """The metrics that are declared as the x-axis of others."""
    named = (text.constant for event in model.each(DefineMetric) for text in texts(event.get("step_metric")))
    return {_plain(name) for name in named if name}


def headline(found: list[Entry]) -> str:
    """What is said of the metrics of one row."""
    told = listed([keys(entry)[0] for entry in found], 54)
    return f"metric {told} has no namespace" if len(found) == 1 else f"metrics {told} have no namespace"


def _fix(file: File, row: Row, found: list[Entry]) -> Callable[[], Fix | Refusal | None] | None:
    names = [constant(entry.key) for entry in found]
    is_own = row.log.id >= 0
    new = renames(file.model, row, [name for name in names if name]) if is_own and all(names) else None
    return file.fix_across(rename, new) if new else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            for epoch in range(3):
                run.log({"epoch": epoch, "loss": 0.1, "val-acc": 0.9, "train/lr": 0.1})
                                         ^^^^^^
        """,
        message="metrics `loss`, `val-acc` have no namespace",
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            for epoch in range(3):
                run.log({"epoch": epoch, "train/loss": 0.1, "val/acc": 0.9, "train/lr": 0.1})
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.define_metric("val_f1", summary="max")
        for f1 in (0.1, 0.2):
            run.log({"val_f1": f1})
                     ^^^^^^^^
        print(run.summary["val_f1"])
        """,
        message="metric `val_f1` has no namespace",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        run.define_metric("val/f1", summary="max")
        for f1 in (0.1, 0.2):
            run.log({"val/f1": f1})
        print(run.summary["val/f1"])
        """,
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        metrics = {"reward": 0.1}
                   ^^^^^^^^
        for layer in range(3):
            metrics[f"norm_{layer}"] = 0.2
        metrics["eval_f1"] = 0.3
        metrics["kl"] = 0.4
        wandb.log(metrics)
        """,
        message="metrics `reward`, `norm_{}`, `eval_f1`, `kl` have no namespace",
    ),
    Bad(
        """
        import wandb

        def train(run: wandb.Run, loader):
            for loss in loader:
                metrics = {"train_loss": loss}
                           ^^^^^^^^^^^^
                run.log(metrics)
                print(metrics["train_loss"])
        """,
        message="metric `train_loss` has no namespace",
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        for epoch in range(3):
            row = {"loss": 0.1, "lr": 0.1}
                   ^^^^^^
            wandb.log(row)
            row["loss"] = 0.2
                ^^^^^^
            wandb.log(row)
        """,
        message=("metrics `loss`, `lr` have no namespace", "metric `loss` has no namespace"),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", job_type="train")
        run.log({"epoch": 1, "tick": 2})
                 ^^^^^^^
        """,
        message="metric `epoch` has no namespace",
        options={"axes": ["tick"]},
        fixed="""
        import wandb

        run = wandb.init(project="texts", job_type="train")
        run.log({"train/epoch": 1, "tick": 2})
        """,
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init() as run:
                for epoch in range(3):
                    run.log({"val_f1": 0.9})
                             ^^^^^^^^
        """,
        message="metric `val_f1` has no namespace",
        path="training.py",
        fixed="""
        import wandb

        def trial():
            with wandb.init() as run:
                for epoch in range(3):
                    run.log({"val/f1": 0.9})
        """,
        fixed_beside={
            "sweep.py": (
                "import wandb\n\nfrom training import trial\n\n"
                'sweep = wandb.sweep({"metric": {"name": "val/f1"}}, project="texts")\n'
                "wandb.agent(sweep, function=trial)\n"
            )
        },
        beside={
            "sweep.py": (
                "import wandb\n\nfrom training import trial\n\n"
                'sweep = wandb.sweep({"metric": {"name": "val_f1"}}, project="texts")\n'
                "wandb.agent(sweep, function=trial)\n"
            )
        },
    ),
    Bad(
        """
        import jax
        import wandb

        def report(run: wandb.Run, metrics):
            metrics = jax.tree_util.tree_map(float, metrics)
            run.log({"eval_loss": metrics["loss"]})
                     ^^^^^^^^^^^
        """,
        message="metric `eval_loss` has no namespace",
        fixed="""
        import jax
        import wandb

        def report(run: wandb.Run, metrics):
            metrics = jax.tree_util.tree_map(float, metrics)
            run.log({"eval/loss": metrics["loss"]})
        """,
    ),
    Bad(
        """
        import wandb

        def log_validation(run: wandb.Run, engine):
            run.log({"validation loss": engine.state.metrics["nll"]})
                     ^^^^^^^^^^^^^^^^^
        """,
        message="metric `validation loss` has no namespace",
        fixed="""
        import wandb

        def log_validation(run: wandb.Run, engine):
            run.log({"validation/loss": engine.state.metrics["nll"]})
        """,
    ),
    Good(
        """
        import wandb

        class Tracker:
            def __init__(self, **kwargs):
                self.run = wandb.init(**kwargs)

            def track(self, epoch, train=None, valid=None):
                logs = {}
                for split, stats in (("train", train), ("valid", valid)):
                    if stats is not None:
                        logs[split] = stats
                self.run.log({**logs, "epoch": epoch})
        """
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts", job_type="train") as run:
            run.define_metric("train/*", step_metric="words_seen")
            for epoch in range(3):
                run.log({"train/loss": 0.1, "eval/f1": 0.9, "epoch": epoch, "words_seen": 100})
                run.log({"Global Step": epoch, "words-seen": 100})
            for index in range(10):
                run.log({"train/loss": 0.1, "warm_up": index + 1, "offline_iter": 3 - index, "vae_step": 1})
        """
    ),
    Good(
        """
        import matplotlib.pyplot as plt
        import wandb

        def report(run: wandb.Run, table, picture, make):
            run.log({"predictions": wandb.Table(columns=["a"], data=[[1]]), "input": wandb.Image(picture)})
            run.log({"roc": wandb.plot.roc_curve([0], [[1]]), "overview": plt.figure()})
            run.log({"loss_histogram": table, "generated": make(), "scores": [wandb.Image(picture)]})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, metrics, prefix, name, value):
            run.log(metrics)
            run.log({f"{prefix}_loss": value, prefix + "acc": value, name: value, **metrics})
            run.log({f"{prefix}{k}": v for k, v in metrics.items()})
            run.log({"train": {"loss": value}})
        """
    ),
    Good(
        """
        import wandb
        from accelerate import Accelerator
        from mlflow import start_run

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts")
        accelerator.log({"loss": 0.1})
        run = start_run()
        run.log({"loss": 0.1})
        """
    ),
)
